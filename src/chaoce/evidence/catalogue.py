"""Every message about evidence, in Chinese and in English: what, where, and what would be right.

    fault      what it names was not used (a file, an invoice, a line, a row)
    warning    it was used, and somebody should look
    note       it was used, taken off or kept once, as the rules say

The tests hold one wrong file for every message.
"""

from __future__ import annotations

FAULT, WARNING, NOTE = "fault", "warning", "note"

#: code -> (severity, Chinese, English); `{…}` are the particulars of the finding.
CATALOGUE: dict[str, tuple[str, str, str]] = {
    # the folder
    "folder.missing": (FAULT, "没有这个文件夹;应写一个存在的文件夹", "there is no such folder; name one that exists"),
    "out.taken": (
        FAULT,
        "已有这个文件,而且不是事实文件,不覆盖;请另写一个文件名",
        "is there already and is no facts file, so it is not overwritten; name another file",
    ),
    "answers.missing": (
        FAULT,
        "文件夹里没有 evidence.yaml;应写一个,至少有 enterprise:(uscc、name、industry、division)",
        "the folder has no evidence.yaml; write one with at least enterprise: (uscc, name, industry, division)",
    ),
    "answers.alias": (
        FAULT,
        '以 * 或 & 开头的字要加引号,如 "*信息技术服务*算力"',
        'words that begin with * or & need quotation marks, like "*信息技术服务*算力"',
    ),
    "answer.for": (
        FAULT,
        "for 里至少写一个条件:invoice(发票号码)、line(行号)、item(项目名称里的字)、code(税收分类编码开头)、seller(销售方)",
        "'for' needs at least one of: invoice (its number), line, item (words of the item's name), code (start of the tax code), seller",
    ),
    "answer.line": (
        FAULT,
        "“{value}”不是明细行号;应为从 1 起的整数,如 2",
        "'{value}' is no line of an invoice; a whole number from 1, like 2",
    ),
    "answer.money": (
        FAULT,
        "事实类型 {type} 没有支付金额(paid),不能由发票行得出;可写:{options}",
        "a {type} has no amount paid, so no invoice line can be one; one of: {options}",
    ),
    "answer.both": (FAULT, "写了 ignore 就不能再写“{key}”;两者留一", "'ignore' leaves no room for '{key}'; keep one of them"),
    "answer.unused": (
        WARNING,
        "evidence.yaml 第 {line} 行的条目没有用上:没有发票行符合,或前面的条目已经用了;请改条件或删去",
        "the entry at line {line} of evidence.yaml served no line: none fits, or an earlier entry took it; change its 'for' or remove it",
    ),
    "folder.many": (
        FAULT,
        "文件超过 {limit} 个,其余未读;请分成几个文件夹",
        "more than {limit} files; the rest was not read; split the folder",
    ),
    # any file
    "file.large": (FAULT, "文件有 {size} 字节,超过 {limit} 字节的上限", "the file has {size} bytes; at most {limit} are read"),
    "file.empty": (FAULT, "文件是空的;请重新下载", "the file is empty; download it again"),
    "file.slow": (
        FAULT,
        "{seconds} 秒内没有读完,已停止;请换一份正常的文件",
        "not read within {seconds} seconds and stopped; hand in a sound copy",
    ),
    "file.stopped": (
        FAULT,
        "读取时内存超限或中断({detail}),已停止;请换一份正常的文件",
        "reading ran out of memory or broke off ({detail}); hand in a sound copy",
    ),
    "file.unreadable": (FAULT, "打不开:{detail};请检查权限", "cannot be opened: {detail}; check its permissions"),
    "file.link": (
        FAULT,
        "是指向文件夹之外的链接,不读;请放入文件本身",
        "is a link out of the folder and not followed; put the file itself there",
    ),
    "file.special": (FAULT, "不是普通文件;只读普通文件", "is no regular file; only regular files are read"),
    "kind.unknown": (
        FAULT,
        "不是认得的文件;只读数电票 XML、OFD、带文字的 PDF、CSV、XLSX",
        "is of no kind read here; there is: 数电票 XML, OFD, PDF with text, CSV, XLSX",
    ),
    "kind.picture": (
        FAULT,
        "是图片,这里不读图片;请向开票方要 XML、OFD 或带文字的 PDF",
        "is a picture, and pictures are not read here; ask the seller for the XML, the OFD or a PDF with text",
    ),
    "kind.archive": (FAULT, "是压缩包;请解压后放入", "is an archive; unpack it and put the files there"),
    "encoding.unknown": (
        FAULT,
        "声明的编码“{value}”不认得;应为 UTF-8、GB18030、GBK 或 UTF-16",
        "declares the encoding '{value}'; it should be UTF-8, GB18030, GBK or UTF-16",
    ),
    "encoding.broken": (
        FAULT,
        "不是 {encoding} 文本(第 {offset} 字节);请用原文件,不要另存",
        "is not {encoding} text (byte {offset}); hand in the original file, not a copy saved again",
    ),
    # XML
    "xml.dtd": (
        FAULT,
        "含有 DTD 或实体声明,一律不读;真的发票没有这些",
        "holds a DTD or an entity, which is never read; no true invoice has one",
    ),
    "xml.broken": (
        FAULT,
        "XML 有误(第 {line} 行):{detail};可能不完整,请重新下载",
        "is not XML (line {line}): {detail}; perhaps cut short, download it again",
    ),
    "xml.roots": (FAULT, "一个文件里有两份文档(第 {line} 行);应一票一文件", "two documents in one file (line {line}); one invoice a file"),
    "xml.large": (
        FAULT,
        "XML 嵌套或元素过多(上限 {depth} 层、{nodes} 个);真的发票不会这样",
        "too deep or too many elements (at most {depth} levels, {nodes} elements); no true invoice is like that",
    ),
    "xml.unknown": (
        FAULT,
        "根元素是“{root}”,不是认得的发票;应为 EInvoice 等",
        "its root is '{root}', no invoice known here; it should be EInvoice or alike",
    ),
    # packages: OFD, XLSX
    "zip.broken": (FAULT, "文件已损坏;请重新下载", "the file is damaged; download it again"),
    "zip.encrypted": (FAULT, "包内文件加了密;请交未加密的原件", "the package is encrypted; hand in the original without encryption"),
    "zip.entries": (FAULT, "包内有 {count} 个文件,超过 {limit} 个的上限", "the package holds {count} files; at most {limit} are read"),
    "zip.size": (FAULT, "解开后超过 {limit} 字节的上限", "unpacked it is larger than {limit} bytes, the most that is read"),
    "zip.ratio": (
        FAULT,
        "{part} 压缩比超过 {limit} 倍,像是压缩炸弹,不读",
        "{part} unpacks to more than {limit} times its size, like a bomb; not read",
    ),
    "zip.path": (FAULT, "包内路径“{part}”指向包外,不读", "the path '{part}' in the package points outside; not read"),
    "zip.twice": (FAULT, "包内有两个“{part}”;应只有一个", "the package holds '{part}' twice; there should be one"),
    "ofd.missing": (FAULT, "OFD 里缺少 {part};请重新下载", "the OFD lacks {part}; download it again"),
    "sheet.broken": (FAULT, "不是可读的 XLSX;请另存为 XLSX 或 CSV", "is no readable XLSX; save it as XLSX or CSV again"),
    # PDF
    "pdf.broken": (FAULT, "PDF 文件已损坏;请重新下载", "the PDF is damaged; download it again"),
    "pdf.encrypted": (FAULT, "PDF 加了密;请交未加密的原件", "the PDF is encrypted; hand in the original without encryption"),
    "pdf.pages": (FAULT, "PDF 有 {count} 页,超过 {limit} 页的上限", "the PDF has {count} pages; at most {limit} are read"),
    "pdf.picture": (
        FAULT,
        "PDF 里没有文字,只有图片;这里不读图片,请交 XML、OFD 或带文字的 PDF",
        "the PDF holds no text, only pictures, which are not read here; hand in the XML, the OFD or a PDF with text",
    ),
    "pdf.form": (
        FAULT,
        "PDF 有文字,但不是发票;只读电子发票的版式",
        "the PDF has text but is no invoice; only the form of the electronic invoice is read",
    ),
    "form.row": (
        FAULT,
        "明细表里有读不懂的一行“{text}”,不作猜测;请交 XML 或 OFD",
        "a row of the table cannot be told ('{text}') and is not guessed; hand in the XML or the OFD",
    ),
    # an invoice's fields
    "invoice.several": (
        FAULT,
        "一个文件里有多张发票({numbers});应一票一文件",
        "several invoices in one file ({numbers}); one invoice a file",
    ),
    "field.missing": (FAULT, "没有{field};原件上应有", "{field} is missing; the original has it"),
    "field.number": (
        FAULT,
        "发票号码“{value}”有误;应为 20 位数字,或 10、12 位代码加 8 位号码",
        "'{value}' is no invoice number: 20 digits, or a code of 10 or 12 and a number of 8",
    ),
    "field.date": (
        FAULT,
        "开票日期“{value}”不是存在的日期;应如 2026-03-18",
        "'{value}' is no day of the calendar; it should be like 2026-03-18",
    ),
    "field.money": (
        FAULT,
        "{field}“{value}”不是金额;应为最多两位小数的十进制数,如 9433.96",
        "{field} '{value}' is no amount: a decimal number with at most two places, like 9433.96",
    ),
    "field.rate": (
        FAULT,
        "{field}“{value}”不是税率;应如 6%、0.06 或 免税",
        "{field} '{value}' is no tax rate; it should be like 6%, 0.06 or 免税",
    ),
    "field.decimal": (
        FAULT,
        "{field}“{value}”不是十进制数;应如 9433.96226415094",
        "{field} '{value}' is no decimal number; it should be like 9433.96226415094",
    ),
    "field.differs": (
        FAULT,
        "同一文件里{field}前后不一:“{value}”与“{other}”;原件两处相同",
        "{field} stands twice and differs, '{value}' and '{other}'; in an original both are alike",
    ),
    "direction": (
        FAULT,
        "标明是{label},价税合计却是 {gross} 元;红字应为负,蓝字应为正",
        "marked {label}, yet its total is {gross}; a red invoice is negative, a blue one is not",
    ),
    # checks
    "buyer.other": (
        FAULT,
        "购买方是“{buyer}”,不是本企业({firm});只用本企业的发票",
        "the buyer is '{buyer}', not the firm ({firm}); only the firm's own invoices count",
    ),
    "buyer.name": (
        WARNING,
        "没有购买方识别号,只按名称“{name}”认作本企业;请核对原件",
        "no tax id of the buyer; taken for the firm by its name '{name}' alone; look at the original",
    ),
    "taxid.shape": (
        FAULT,
        "{party}识别号“{value}”有误;应为 18 位统一社会信用代码(不含 I、O、S、V、Z)",
        "the {party}'s tax id '{value}' is malformed: 18 digits and capitals without I, O, S, V, Z",
    ),
    "taxid.check": (
        FAULT,
        "{party}识别号“{value}”校验位不对;按前 17 位应为 {right}",
        "the {party}'s tax id '{value}' has a wrong check character; its first 17 give {right}",
    ),
    "taxid.old": (
        WARNING,
        "{party}识别号“{value}”是 {digits} 位旧号,没有校验位可查;请核对原件",
        "the {party}'s tax id '{value}' is an old one of {digits} places without a check character; look at the original",
    ),
    "taxid.none": (WARNING, "没有销售方识别号;请核对原件", "no tax id of the seller; look at the original"),
    "totals.net": (
        FAULT,
        "各行金额合计 {sum} 元,合计金额却是 {total} 元;应相等",
        "the lines' amounts give {sum}, the total says {total}; they should be equal",
    ),
    "totals.tax": (
        FAULT,
        "各行税额合计 {sum} 元,合计税额却是 {total} 元;应相等",
        "the lines' taxes give {sum}, the total says {total}; they should be equal",
    ),
    "totals.gross": (
        FAULT,
        "金额加税额是 {sum} 元,价税合计却是 {total} 元;应相等",
        "amount and tax give {sum}, the total with tax says {total}; they should be equal",
    ),
    "line.tax": (
        FAULT,
        "金额 {net} 元按 {rate} 算税 {right} 元,票上是 {tax} 元;相差应在 0.06 元内",
        "{net} at {rate} is a tax of {right}, the line says {tax}; they may differ by 0.06 at most",
    ),
    "line.margin": (
        WARNING,
        "差额征税:金额 {net} 元、税率 {rate}、税额 {tax} 元,不能按税率复核;请核对原件",
        "taxed on a margin: {net} at {rate} with a tax of {tax} cannot be checked by its rate; look at the original",
    ),
    "line.price": (
        WARNING,
        "单价 {price} × 数量 {quantity} 是 {right} 元,金额却是 {net} 元;应相等",
        "price {price} × quantity {quantity} is {right}, the amount says {net}; they should be equal",
    ),
    "line.none": (
        FAULT,
        "读不到明细行,只有合计;请交 XML 或带明细的 OFD、PDF",
        "no line can be read, only the totals; hand in the XML, or an OFD or PDF with its lines",
    ),
    # one invoice and another
    "copy.same": (
        NOTE,
        "与 {other} 是同一张发票 {invoice},只算一次,用 {other}",
        "the same invoice {invoice} as {other}; counted once, from {other}",
    ),
    "copy.differs": (
        FAULT,
        "与 {other} 同为发票 {invoice},{field}却不同(“{value}”与“{other_value}”);两份都不用,请核对原件",
        "has the number {invoice} of {other}, yet {field} differs ('{value}' and '{other_value}'); neither is used, look at the originals",
    ),
    "discount": (
        NOTE,
        "第 {line} 行是折扣 {amount} 元,从第 {from_line} 行扣除",
        "line {line} is a discount of {amount}, taken off line {from_line}",
    ),
    "red.taken": (
        NOTE,
        "红字发票 {invoice} 从蓝字 {blue} 扣除:{lines}",
        "red invoice {invoice} takes off blue {blue}: {lines}",
    ),
    "red.whole": (NOTE, "蓝字发票 {invoice} 第 {line} 行已全部红冲", "line {line} of blue invoice {invoice} is wholly reversed"),
    "red.spread": (
        WARNING,
        "红字发票 {invoice} 第 {line} 行对不上蓝字 {blue} 的唯一一行;先从要申报的行、按行号从小到大扣除:{lines}",
        "line {line} of red invoice {invoice} fits no one line of blue {blue}; taken off in order, the lines that count first: {lines}",
    ),
    "red.exceeds": (
        FAULT,
        "红字发票 {invoice} 第 {line} 行比蓝字 {blue} 所余多扣(金额 {net} 元、税额 {tax} 元);蓝字已扣到零,请核对",
        "line {line} of red invoice {invoice} takes {net} and {tax} of tax more than blue {blue} has; it was taken to zero, look at both",
    ),
    "red.orphan": (
        FAULT,
        "红字发票 {invoice} 冲的是 {blue},文件夹里没有这张蓝字发票;请补交,或确认它未申报",
        "red invoice {invoice} corrects {blue}, which is not in the folder; hand it in, or make sure that it is not claimed",
    ),
    "red.nameless": (
        FAULT,
        "红字发票 {invoice} 没有写明冲哪张蓝字发票;应有被红冲蓝字发票号码",
        "red invoice {invoice} does not say which blue one it corrects; it should name its number",
    ),
    "red.faulty": (
        FAULT,
        "蓝字发票 {invoice} 被红字发票 {red} 红冲,而后者有误不能用,扣多少不清楚,所以这张也不用;请补正红字发票",
        "blue invoice {invoice} is corrected by red {red}, which has faults: what is left is not known; neither is used; mend the red one",
    ),
    "red.unread": (
        FAULT,
        "这是冲减 {blue} 的红字发票,读不出扣多少,所以那张蓝字发票也不用;请补正这一张",
        "this is a red invoice that corrects {blue}; how much it takes cannot be read, so that one is not used either; put this one right",
    ),
    "red.parties": (
        FAULT,
        "红字发票 {invoice} 与所冲蓝字 {blue} 的{field}不同(“{value}”与“{other_value}”);应相同",
        "red invoice {invoice} and its blue {blue} differ in {field} ('{value}' and '{other_value}'); they should be alike",
    ),
    "red.red": (
        FAULT,
        "红字发票 {invoice} 冲的 {blue} 也是红字;应冲蓝字发票",
        "red invoice {invoice} corrects {blue}, itself a red one; it should name a blue one",
    ),
    # lines and facts
    "line.open": (
        FAULT,
        "发票 {invoice} 第 {line} 行“{item}”({amount} 元)还不知是什么;请在 evidence.yaml 的 lines 里写明",
        "what line {line} of invoice {invoice} is, '{item}' ({amount}), is not said; say it under 'lines' in evidence.yaml",
    ),
    "line.ignored": (
        NOTE,
        "发票 {invoice} 第 {line} 行“{item}”按 evidence.yaml 第 {entry} 行不申报",
        "line {line} of invoice {invoice}, '{item}', is set aside by line {entry} of evidence.yaml",
    ),
    "basis.unknown": (
        WARNING,
        "看不出是专用还是普通发票,按不含税金额计;可在 evidence.yaml 写明 tax basis",
        "special or ordinary cannot be told; net of tax is taken; evidence.yaml may say a 'tax basis'",
    ),
    # tables
    "table.empty": (
        FAULT,
        "没有数据行;第一行应为表头,其下每行一条事实",
        "has no rows; the first should be the header, each one below a fact",
    ),
    "table.header": (
        FAULT,
        "第 {column} 列表头“{value}”不认得;可写:{options}",
        "unknown header in column {column}: '{value}'; there is: {options}",
    ),
    "table.twice": (
        FAULT,
        "第 {column} 列与第 {other} 列是同一项“{value}”;应只有一列",
        "columns {column} and {other} are both '{value}'; there should be one",
    ),
    "table.type": (
        FAULT,
        "没有“类型”(type)一列;请加上,或把工作表命名为事实类型",
        "has no column 'type' (类型); add it, or name the sheet after the type",
    ),
    "table.wide": (
        FAULT,
        "这一行有 {count} 格,表头只有 {limit} 格;多出的格应删去",
        "the row has {count} cells, the header {limit}; remove what is too many",
    ),
    "table.rows": (FAULT, "行数超过 {limit};请分成几个文件", "more than {limit} rows; split the file"),
    "table.quote": (FAULT, "CSV 引号有误:{detail};引号要成对", "is no CSV: {detail}; quotation marks come in pairs"),
    "table.number": (
        FAULT,
        "{column}:数字 {value} 不能准确写成金额;请把单元格设为文本,如 820000.00",
        "{column}: the number {value} is no exact amount; make the cell text, like 820000.00",
    ),
    "fact": (FAULT, "{detail}", "{detail}"),
}
