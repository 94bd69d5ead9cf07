"""What must hold of cases whatever was done to them, asked of the database in its own words: no query here uses the application's code.

Each truth is a sentence with a query that finds what breaks it; all of them find nothing, ever.
"""

from __future__ import annotations

from django.db import connection

#: Which step may follow which: (the state that a case was in, step, the state after it), as the issue draws the flow.
MOVES = (
    ("draft", "submit", "submitted"),
    ("submitted", "accept", "review"),
    ("submitted", "send_back", "correction"),
    ("review", "send_back", "correction"),
    ("correction", "resubmit", "submitted"),
    ("correction", "resubmit", "review"),
    ("correction", "go_on", "submitted"),
    ("correction", "go_on", "review"),
    ("review", "close_review", "reviewed"),
    ("reviewed", "return_to_review", "review"),
    ("reviewed", "decide", "decided"),
    ("decided", "make_ready", "ready"),
    ("decided", "reopen", "review"),
    ("ready", "reopen", "review"),
    ("draft", "withdraw", "withdrawn"),
    ("submitted", "withdraw", "withdrawn"),
    ("correction", "withdraw", "withdrawn"),
    ("review", "withdraw", "withdrawn"),
    ("reviewed", "withdraw", "withdrawn"),
)
STATES = ("draft", "submitted", "correction", "review", "reviewed", "decided", "ready", "withdrawn")
_STEPS = ", ".join(f"'{name}'" for name in sorted({"open_draft", *(step for _before, step, _after in MOVES)}))
#: What two cases have in common, of matters `a` and `b`: the same, or one of them the whole of which the other is a line.
_OVERLAP = """a.base = b.base AND (a.matter = b.matter OR a.matter = a.base OR b.matter = b.base)"""
_SHARED = "a.matter ~ '^(invoice|contract|certificate|project|scenario|loan):'"

TRUTHS: dict[str, str] = {
    "nothing is granted above what was computed": """
        SELECT id FROM cases_caseline WHERE granted IS NOT NULL AND (computed IS NULL OR granted > computed OR granted < 0)""",
    "what was computed is the answer that was pinned with the decision": """
        SELECT l.id FROM cases_caseline l JOIN cases_case c ON c.id = l.case_id JOIN facts_fact f ON f.id = l.fact_id
        WHERE c.state IN ('decided', 'ready') AND l.computed IS DISTINCT FROM coalesce((
            SELECT sum(round(100 * (p ->> 'amount')::numeric))
            FROM cases_assessed s, jsonb_array_elements(s.answer::jsonb -> 'benefits') b, jsonb_array_elements(b -> 'facts') p
            WHERE s.id = (SELECT max(id) FROM cases_assessed WHERE case_id = c.id AND purpose = 'decided')
                AND b ->> 'id' = l.benefit AND b ->> 'policy' = l.policy AND p ->> 'id' = f.key), 0)""",
    "less than was computed is granted with a reason": """
        SELECT id FROM cases_caseline WHERE granted < computed AND granted_why = ''""",
    "under a ceiling nothing is granted without a reason": """
        SELECT id FROM cases_caseline WHERE granted > 0 AND ceiling AND granted_why = ''""",
    "a reviewer only lowers, and says why": """
        SELECT id FROM cases_caseline
        WHERE lowered IS NOT NULL AND (lowered < 0 OR lowered >= claimed OR lowered_why = '' OR lowered_by_id IS NULL)""",
    "every grant is received support of the firm, line by line, and nothing else of a case is": """
        SELECT l.id FROM cases_caseline l JOIN cases_case c ON c.id = l.case_id
        WHERE coalesce(l.granted, 0) <> (
            SELECT coalesce(sum(r.amount), 0) FROM facts_received r
            WHERE r.case_line_id = l.id AND r.withdrawn_at IS NULL AND r.firm_id = c.firm_id AND r.benefit = l.benefit)""",
    "only a decided case has amounts": """
        SELECT l.id FROM cases_caseline l JOIN cases_case c ON c.id = l.case_id
        WHERE (c.state IN ('decided', 'ready')) <> (l.granted IS NOT NULL AND l.computed IS NOT NULL)""",
    "a decided case has an outcome, a decider and a moment, and no other has": """
        SELECT id FROM cases_case
        WHERE (state IN ('decided', 'ready')) <> (outcome <> '' AND decided_at IS NOT NULL AND decided_by_id IS NOT NULL)
            OR (state = 'ready' AND outcome = 'refused')""",
    "no decision is lost: each has its event and what was pinned with it, and stands but for those that were opened again": """
        SELECT c.id FROM cases_case c,
            LATERAL (SELECT count(*) FILTER (WHERE kind = 'decide') AS made, count(*) FILTER (WHERE kind = 'reopen') AS undone
                     FROM cases_event e WHERE e.case_id = c.id) told
        WHERE told.made <> (SELECT count(*) FROM cases_assessed a WHERE a.case_id = c.id AND a.purpose = 'decided')
            OR told.made - told.undone <> (CASE WHEN c.state IN ('decided', 'ready') THEN 1 ELSE 0 END)""",
    "a case takes no step but those of the flow": f"""
        WITH steps AS (
            SELECT e.case_id, e.kind, c.state,
                lag(e.kind) OVER way AS before, lead(e.kind) OVER way AS after,
                coalesce((SELECT d.back_to FROM cases_correction d WHERE d.case_id = e.case_id AND d.answered_at <= e.at
                          ORDER BY d.answered_at DESC LIMIT 1), '') AS back_to
            FROM cases_event e JOIN cases_case c ON c.id = e.case_id WHERE e.kind IN ({_STEPS})
            WINDOW way AS (PARTITION BY e.case_id ORDER BY e.id)
        ), moves (source, step, target) AS (VALUES {", ".join(str(move) for move in MOVES)})
        SELECT case_id FROM steps s
        WHERE (s.before IS NULL) <> (s.kind = 'open_draft')
            OR (s.before = 'open_draft' AND s.kind NOT IN (SELECT step FROM moves WHERE source = 'draft'))
            OR (s.before <> 'open_draft' AND NOT EXISTS (
                SELECT FROM moves one JOIN moves two ON two.source = one.target
                WHERE one.step = s.before AND two.step = s.kind))
            OR (s.after IS NULL AND s.kind = 'open_draft' AND s.state <> 'draft')
            OR (s.after IS NULL AND s.kind <> 'open_draft' AND NOT EXISTS (
                SELECT FROM moves WHERE step = s.kind AND target = s.state))
            OR (s.after IS NULL AND s.kind IN ('resubmit', 'go_on') AND s.state <> s.back_to)""",
    "the clock stands while a correction is with the firm, and only then": """
        SELECT c.id FROM cases_case c
        WHERE (c.state = 'correction') <> (c.clock_stopped_at IS NOT NULL)
            OR (c.state = 'correction')
                <> EXISTS (SELECT FROM cases_correction d WHERE d.case_id = c.id AND d.answered_at IS NULL)""",
    "the clock stood for as long as the corrections were with the firm": """
        SELECT c.id FROM cases_case c
        WHERE abs(extract(epoch FROM coalesce(c.clock_stopped_for, interval '0') - coalesce((
            SELECT sum(d.answered_at - d.asked_at) FROM cases_correction d
            WHERE d.case_id = c.id AND d.answered_at IS NOT NULL), interval '0'))) > 2""",
    "a case is reviewed once every department has found": """
        SELECT c.id FROM cases_case c WHERE c.state IN ('reviewed', 'decided', 'ready') AND (
            NOT EXISTS (SELECT FROM cases_review r WHERE r.case_id = c.id AND r.lead)
            OR EXISTS (SELECT FROM cases_review r WHERE r.case_id = c.id AND r.verdict = ''))""",
    "no firm receives more computing subsidy in a year than the text's 500,000 yuan": """
        SELECT firm_id FROM facts_received WHERE withdrawn_at IS NULL AND benefit = 'compute-purchase'
        GROUP BY firm_id, year HAVING sum(amount) > 50000000""",
    "a firm has one draft in a call": """
        SELECT firm_id FROM cases_case WHERE state = 'draft' GROUP BY firm_id, call_id HAVING count(*) > 1""",
    "a number is given once": "SELECT number FROM cases_case WHERE number IS NOT NULL GROUP BY number HAVING count(*) > 1",
    "a waiting case holds the matters that it claims": f"""
        SELECT l.id FROM cases_caseline l JOIN cases_case c ON c.id = l.case_id JOIN facts_fact f ON f.id = l.fact_id, unnest(f.matters) m
        WHERE c.state IN ('submitted', 'review', 'reviewed')
            AND NOT EXISTS (SELECT FROM cases_casematter a WHERE a.case_id = c.id AND a.alive AND a.matter = m)
        UNION ALL SELECT a.id FROM cases_casematter a JOIN cases_case c ON c.id = a.case_id
        WHERE a.alive AND (c.state = 'withdrawn' OR c.outcome = 'refused') AND {_SHARED}""",
    "two waiting cases with one matter know of each other": f"""
        SELECT a.case_id FROM cases_casematter a JOIN cases_casematter b ON a.case_id <> b.case_id AND {_OVERLAP}
            JOIN cases_case x ON x.id = a.case_id JOIN cases_case y ON y.id = b.case_id
        WHERE a.alive AND b.alive AND {_SHARED} AND x.state IN ('submitted', 'review', 'reviewed')
            AND y.state IN ('submitted', 'correction', 'review', 'reviewed')
            AND NOT EXISTS (SELECT FROM cases_check k WHERE k.case_id = a.case_id AND k.code = 'same_matter' AND NOT k.passed
                AND k.stops AND b.case_id = ANY (k.others))""",
    "a matter of which one case was granted a part was cleared by name before another was": f"""
        SELECT a.case_id FROM cases_casematter a JOIN cases_casematter b ON a.case_id < b.case_id AND {_OVERLAP}
            JOIN cases_case x ON x.id = a.case_id JOIN cases_case y ON y.id = b.case_id
        WHERE a.alive AND b.alive AND {_SHARED} AND a.firm_id <> b.firm_id
            AND x.state IN ('decided', 'ready') AND y.state IN ('decided', 'ready')
            AND NOT EXISTS (SELECT FROM cases_event e WHERE e.case_id IN (a.case_id, b.case_id) AND e.kind = 'clear_check'
                AND e.particulars ->> 'check' = 'same_matter')""",
}


def broken() -> dict[str, list]:
    """The truths that do not hold now, each with what breaks it. What is asked when a transaction ends is asked first."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for truth, query in TRUTHS.items():
            cursor.execute(query)
            rows = cursor.fetchall()
            if rows:
                found[truth] = rows
    return found


def ask(query: str, *given: object) -> list[tuple]:
    """The rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, given or None)
        return cursor.fetchall()
