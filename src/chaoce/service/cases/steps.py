"""The steps of a case: the only code that changes one.

Every step is one transaction. It locks the case, holds it against the version that the person saw, against the flow and the
role, does its work, and leaves an event for the timeline. What a page or the API sends is never believed about amounts.

    stepping.py            what all steps share
      firm_steps.py        draft, lines, form, submission, correction, withdrawal
      department_steps.py  pre-check, review, lower amounts, sending back, closing
      deciding.py          decision, release for the notice, re-opening
      beside.py            remarks, visits, experts
"""

from __future__ import annotations

from chaoce.service.cases.beside import answer_as_expert, ask_expert, remark, report_visit
from chaoce.service.cases.deciding import REVIEWING, decide, make_ready, reopen
from chaoce.service.cases.department_steps import (
    accept,
    check_anew,
    clear_check,
    close_review,
    give_verdict,
    go_on,
    look_again,
    lower,
    return_to_review,
    send_back,
)
from chaoce.service.cases.firm_steps import choose_lines, follow_guide, open_draft, resubmit, save_form, submit, withdraw

__all__ = [
    "REVIEWING",
    "accept",
    "answer_as_expert",
    "ask_expert",
    "check_anew",
    "choose_lines",
    "clear_check",
    "close_review",
    "decide",
    "follow_guide",
    "give_verdict",
    "go_on",
    "look_again",
    "lower",
    "make_ready",
    "open_draft",
    "remark",
    "reopen",
    "report_visit",
    "resubmit",
    "return_to_review",
    "save_form",
    "send_back",
    "submit",
    "withdraw",
]
