"""What the database itself holds about cases, in its own words: triggers that no code path goes round.

Beside these stands the function `case_holds` (migration 0005), asked when a transaction ends for every case that it touched: what
a case granted is what its firm has received. And `case_stands` (migration 0006): a case is reviewed once every department has found,
and what a decision computed is what the answer pinned with it says.
"""

from __future__ import annotations

#: Raised as a violated check, so that whoever asks is told as of any other constraint.
_AS_CHECK = "USING ERRCODE = 'check_violation'"

#: The trigger of a line: what a case claims stands still once it has been handed in, a lower amount once the review is closed, and
#: all of it once it is decided.
LINE_STANDS = f"""
    SELECT c.state INTO stands FROM cases_case c WHERE c.id = CASE WHEN TG_OP = 'INSERT' THEN NEW.case_id ELSE OLD.case_id END;
    IF TG_OP <> 'UPDATE' THEN
        IF stands NOT IN ('draft', 'correction') THEN
            RAISE EXCEPTION 'lines of a case that is % are neither added nor removed', stands {_AS_CHECK};
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        IF NEW.granted IS NOT NULL OR NEW.computed IS NOT NULL THEN
            RAISE EXCEPTION 'a line does not begin granted' {_AS_CHECK};
        END IF;
        RETURN NEW;
    END IF;
    IF stands IN ('decided', 'ready', 'withdrawn') THEN
        RAISE EXCEPTION 'lines of a case that is % do not change', stands {_AS_CHECK};
    END IF;
    IF (NEW.case_id, NEW.policy, NEW.benefit) IS DISTINCT FROM (OLD.case_id, OLD.policy, OLD.benefit)
        OR (NEW.fact_id <> OLD.fact_id AND stands NOT IN ('draft', 'correction')) THEN
        RAISE EXCEPTION 'a line claims what it was made for' {_AS_CHECK};
    END IF;
    IF stands NOT IN ('draft', 'correction') AND NEW.claimed IS DISTINCT FROM OLD.claimed THEN
        RAISE EXCEPTION 'what was claimed stands in a case that is %', stands {_AS_CHECK};
    END IF;
    IF stands NOT IN ('draft', 'correction', 'review')
        AND (NEW.lowered, NEW.lowered_why, NEW.lowered_by_id) IS DISTINCT FROM (OLD.lowered, OLD.lowered_why, OLD.lowered_by_id) THEN
        RAISE EXCEPTION 'no amount is lowered in a case that is %', stands {_AS_CHECK};
    END IF;
    IF stands <> 'reviewed' AND (
        (NEW.granted IS NOT NULL AND NEW.granted IS DISTINCT FROM OLD.granted)
        OR (NEW.computed IS NOT NULL AND NEW.computed IS DISTINCT FROM OLD.computed)
    ) THEN
        RAISE EXCEPTION 'nothing is granted in a case that is %', stands {_AS_CHECK};
    END IF;
    RETURN NEW;
"""

#: The trigger of a case: whose it is and in which call never changes, a number is kept, and the guide changes under a draft only.
CASE_KEEPS = f"""
    IF (NEW.firm_id, NEW.call_id, NEW.created_at, NEW.created_by_id, NEW.ready_made)
        IS DISTINCT FROM (OLD.firm_id, OLD.call_id, OLD.created_at, OLD.created_by_id, OLD.ready_made) THEN
        RAISE EXCEPTION 'case %: firm, call and beginning never change', OLD.id {_AS_CHECK};
    END IF;
    IF OLD.number IS NOT NULL AND NEW.number IS DISTINCT FROM OLD.number THEN
        RAISE EXCEPTION 'case %: its number is kept', OLD.id {_AS_CHECK};
    END IF;
    IF OLD.state <> 'draft' AND NEW.guide_id <> OLD.guide_id THEN
        RAISE EXCEPTION 'case %: the guide never changes under a running case', OLD.id {_AS_CHECK};
    END IF;
    RETURN NEW;
"""

#: The trigger of a case's guide: a published one of its own call.
GUIDE_FITS = f"""
    IF NOT EXISTS (SELECT FROM calls_guide g WHERE g.id = NEW.guide_id AND g.call_id = NEW.call_id AND g.published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'guide % is not a published one of call %', NEW.guide_id, NEW.call_id {_AS_CHECK};
    END IF;
    RETURN NEW;
"""

#: The trigger of a review: a department finds while the case is in review, neither before nor after.
REVIEW_STANDS = f"""
    SELECT c.state INTO stands FROM cases_case c WHERE c.id = NEW.case_id;
    IF stands <> 'review' THEN
        RAISE EXCEPTION 'no department finds in a case that is %', stands {_AS_CHECK};
    END IF;
    RETURN NEW;
"""
