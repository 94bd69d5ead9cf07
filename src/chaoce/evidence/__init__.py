"""Evidence: what firms really hold (invoices, lists) becomes facts. Every file is read as if a stranger had sent it.

files ─► carriers (XML, OFD, PDF) ─► Invoice ─► checks ─┐
                                                        ├─► ledger: copies once, red taken off ─► facts
evidence.yaml: what the files cannot say ───────────────┘
"""

from chaoce.evidence.answers import Answers, BadAnswers
from chaoce.evidence.findings import Finding
from chaoce.evidence.folder import Evidence, Question, read_folder
from chaoce.evidence.invoice import Invoice, Line, Party

__all__ = ["Answers", "BadAnswers", "Evidence", "Finding", "Invoice", "Line", "Party", "Question", "read_folder"]
