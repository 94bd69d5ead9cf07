"""How large, how deep and how long: what every file is held to before and while it is read."""

from __future__ import annotations

#: Bytes of one file. The largest invoices (long lists, in PDF) stay under two million.
FILE_BYTES = 20_000_000
#: Seconds for one file, and bytes of memory for the process that reads it.
FILE_SECONDS = 20.0
READER_BYTES = 1_000_000_000
#: Bytes of evidence.yaml.
ANSWER_BYTES = 1_000_000
#: Files of one folder, links and hidden files apart.
FOLDER_FILES = 5_000

XML_DEPTH = 64
XML_NODES = 200_000

#: Packages (OFD, XLSX): entries, bytes unpacked together, and how many times its size a part may unpack to.
ZIP_ENTRIES = 2_000
ZIP_BYTES = 100_000_000
ZIP_RATIO = 200
#: Small parts compress without bound on their ratio: below this size they harm nobody.
ZIP_RATIO_FROM = 1_000_000

PDF_PAGES = 100
TABLE_ROWS = 50_000
