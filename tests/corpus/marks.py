"""A corpus of documents with and without classification marks, and what `yichuan inspect` says.

Usage: python3 tests/corpus/marks.py PROGRAM [--count 2400] [--seed 1] [--part open|held|all]

Half of the files carry a mark that a person would take for one, in some disguise; the other half
are ordinary documents whose prose is full of the same words. The generator knows nothing of the
detector: it writes OFD, PDF, DOCX and ZIP by itself, from the standard library. A tenth of the
files, chosen by their number and the seed, is held out: it is run when nothing is changed any more.
Each file that was judged otherwise than expected is listed.

With --long N it writes an ordinary document of N full pages as OFD to PROGRAM instead, to be timed.
"""

import argparse
import collections
import hashlib
import io
import json
import math
import random
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
POINT = 25.4 / 72
SIZE = 5.644

LEVELS = ["绝密", "机密", "秘密"]
PERIODS = ["", "1年", "5年", "10年", "三年", "6个月", "三个月", "长期", "2031年6月30日", "公布前"]
STARS = "★☆＊*⭐✩"
BLANKS = ["", "", "", " ", "  ", "\u3000", "\u00a0", "\u2003", "\u200b", "\ufeff"]
OFFICES = ["江州市人民政府", "平湖县教育局", "北川区应急管理局", "云山州财政局", "安定县卫生健康局"]
TOPICS = ["汛期值班", "森林防火", "义务教育招生", "疫苗接种", "预算编制", "档案整理", "安全生产检查"]
CLEAN_TITLES = [
    "关于加强商业秘密保护的通知",
    "关于开展保密宣传教育的通知",
    "关于保守国家秘密法实施条例学习安排的通知",
    "关于工作秘密管理办法征求意见的函",
    "关于机要秘书岗位培训的通知",
]
SENTENCES = [
    "各单位要严格落实保密责任，不得在非涉密网络中处理、存储国家秘密。",
    "机密级、秘密级文件的保密期限按照有关规定执行。",
    "涉及商业秘密和个人隐私的材料，由承办单位另行保管。",
    "对泄露工作秘密的人员，依照规定追究责任。",
    "绝密级载体应当由专人专车护送，机密级载体应当登记。",
    "密级的确定、变更和解除，由定密责任人办理。",
    "电影《绝密飞行》将于周末在县礼堂放映。",
    "机密会议室的钥匙由办公室统一管理。",
    "秘密级以上文件不得通过本系统传输。",
    "★重点任务：做好汛期巡查，保密工作不放松。",
    "★★★级景区要公布咨询电话。",
    "请各县区于每月5日前报送进展情况，长期坚持。",
    "本通知自印发之日起施行，有效期五年。",
    "秘书科负责会务，机房由信息中心值守。",
    "不得以保密为由拒绝公开应当公开的信息。",
    "现就有关事项通知如下，请认真贯彻执行。",
    "各级财政要保障经费，专款专用，厉行节约。",
    "值班人员要坚守岗位，遇有重大情况及时报告。",
    "会议由分管负责同志主持，各科室负责人参加。",
    "计算机密码每季度更换一次，不得写在纸上。",
]


class Item:
    """A character or a run of them at its place, in millimetres."""

    def __init__(self, text, x, top, size=SIZE, turn=0.0, squeeze=1.0):
        self.text, self.x, self.top, self.size = text, x, top, size
        self.turn, self.squeeze = turn, squeeze


def width(sign):
    return 0.5 if ord(sign) < 0x2000 else 1.0


def typeset(rng, title, sentences, office):
    """Two or three pages of an official document, split into objects as producers split them."""
    pages, top = [[]], 173.5
    page = pages[0]
    page.append(Item(f"{office}文件", 45, 72, 12))
    page.append(Item(f"江政发〔2026〕{rng.randint(1, 200)}号", 80, 104))
    page.append(Item(title, max(30, 105 - 3.9 * len(title)), 140, 7.76))
    page.append(Item("各县（区）人民政府，市政府各部门：", 28, 163))
    text = "\u3000\u3000" + "".join(sentences)
    while text:
        line, text = text[:27], text[27:]
        if top > 250:
            page = []
            pages.append(page)
            top = 37.5
        page.extend(split(rng, line, 28, top, SIZE, rng.choice([0, 0, 0.2, 0.6])))
        top += 10.35
    page.append(Item(office, 112, top + 12))
    page.append(Item(f"2026年{rng.randint(1, 12)}月{rng.randint(1, 28)}日", 118, top + 22))
    return pages


def split(rng, text, x, top, size, chance):
    """A line as objects: in one piece, or broken at random places."""
    pieces, current, at = [], "", x
    start = x
    for sign in text:
        if current and rng.random() < chance:
            pieces.append(Item(current, start, top, size))
            current, start = "", at
        current += sign
        at += width(sign) * size
    pieces.append(Item(current, start, top, size))
    return pieces


def mark(rng):
    """A mark as somebody might write it, and the plain text of it."""
    plain = rng.choice(LEVELS) + "★" + rng.choice(PERIODS)
    star = rng.choice(STARS)
    blank = rng.choice(BLANKS)
    text = "".join(sign + (blank if rng.random() < 0.6 else "") for sign in plain)
    if rng.random() < 0.15:
        text = text.replace("机", "機").replace("绝", "絕")
    if rng.random() < 0.15:
        text = text.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    return text.replace("★", star).strip(), plain


def disguised(rng, text):
    """The items of a mark at the upper left, in one of many ways."""
    x, top, size = rng.uniform(26, 34), rng.choice([37.3, 47.6, 57.9]), rng.choice([4.94, SIZE, 7.76])
    way = rng.choice(["whole", "pieces", "signs", "shuffled", "column", "turned", "tall", "steps", "wide"])
    if way == "whole":
        return way, [Item(text, x, top, size)]
    if way == "pieces":
        return way, split(rng, text, x, top, size, 0.5)
    solid = [sign for sign in text if sign.strip() and sign not in "\u200b\ufeff"]
    if way in ("signs", "shuffled"):
        items = split(rng, text, x, top, size, 1.1)
        if way == "shuffled":
            rng.shuffle(items)
        return way, items
    if way == "column":
        items = [Item(sign, x, 37.3 + n * size * 1.05, size) for n, sign in enumerate(solid)]
        return way, items
    if way == "turned":
        return way, [Item("".join(solid), 60, 60, size, turn=rng.choice([90, 180, 270, 30, 45]))]
    if way == "tall":
        return way, [Item(text, x, top, size, squeeze=rng.uniform(0.5, 1.6))]
    if way == "steps":
        at, items = x, []
        for sign in solid:
            items.append(Item(sign, at, top + rng.uniform(-0.8, 0.8), size * rng.uniform(0.8, 1.2)))
            at += width(sign) * size * 1.1
        return way, items
    gap = rng.uniform(8, 14)
    return "wide", [Item(sign, x + n * gap, top, size) for n, sign in enumerate(solid)]


def text_object(item, number):
    steps = " ".join(f"{width(sign) * item.size:.3f}" for sign in item.text[:-1])
    angle = math.radians(item.turn)
    matrix = ""
    if item.turn or item.squeeze != 1:
        a, b = item.squeeze * math.cos(angle), item.squeeze * math.sin(angle)
        matrix = f' CTM="{a:.4f} {b:.4f} {-math.sin(angle):.4f} {math.cos(angle):.4f} 0 0"'
    return (
        f'<ofd:TextObject ID="{number}" Boundary="{item.x:.3f} {item.top:.3f} 150 {item.size:.3f}"'
        f'{matrix} Font="1" Size="{item.size:.3f}"><ofd:TextCode X="0" Y="{item.size * 0.86:.3f}"'
        f' DeltaX="{steps}">{escape(item.text)}</ofd:TextCode></ofd:TextObject>'
    )


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return out.getvalue()


def ofd(pages, template=(), annotation=(), attachments=None, custom=None):
    def layer(items, first):
        inner = "".join(text_object(item, first + n) for n, item in enumerate(items))
        return f'<ofd:Layer ID="{first - 1}">{inner}</ofd:Layer>'

    files = {}
    common = "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
    more = ""
    used = ""
    if template:
        common += '<ofd:TemplatePage ID="9" BaseLoc="T.xml"/>'
        used = '<ofd:Template TemplateID="9"/>'
        files["D/T.xml"] = f"<ofd:Page {SPACE}><ofd:Content>{layer(template, 9000)}</ofd:Content></ofd:Page>"
    if annotation:
        more += "<ofd:Annotations>A.xml</ofd:Annotations>"
        files["D/A.xml"] = (
            f'<ofd:Annotations {SPACE}><ofd:Page PageID="1"><ofd:FileLoc>A1.xml</ofd:FileLoc></ofd:Page>'
            "</ofd:Annotations>"
        )
        inner = "".join(text_object(item, 8000 + n) for n, item in enumerate(annotation))
        files["D/A1.xml"] = (
            f'<ofd:PageAnnot {SPACE}><ofd:Annot ID="7" Type="Stamp"><ofd:Appearance Boundary="0 0 210 297">'
            f"{inner}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>"
        )
    if attachments:
        more += "<ofd:Attachments>At.xml</ofd:Attachments>"
        listed = ""
        for number, (name, content) in enumerate(attachments.items()):
            listed += f"<ofd:Attachment ID=\"{number}\" Name={quoteattr(name)}><ofd:FileLoc>F{number}</ofd:FileLoc></ofd:Attachment>"
            files[f"D/F{number}"] = content
        files["D/At.xml"] = f"<ofd:Attachments {SPACE}>{listed}</ofd:Attachments>"
    listed = ""
    for number, page in enumerate(pages):
        listed += f'<ofd:Page ID="{number + 1}" BaseLoc="P{number}.xml"/>'
        body = layer(page, 1000 * (number + 1))
        files[f"D/P{number}.xml"] = f"<ofd:Page {SPACE}>{used if number == 0 else ''}<ofd:Content>{body}</ofd:Content></ofd:Page>"
    info = ""
    if custom:
        info = f'<ofd:CustomDatas><ofd:CustomData Name="{custom[0]}">{escape(custom[1])}</ofd:CustomData></ofd:CustomDatas>'
    files["OFD.xml"] = (
        f'<ofd:OFD {SPACE} DocType="OFD" Version="1.1"><ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID>{info}'
        "</ofd:DocInfo><ofd:DocRoot>D/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    )
    files["D/Document.xml"] = (
        f"<ofd:Document {SPACE}><ofd:CommonData>{common}</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages>{more}"
        "</ofd:Document>"
    )
    return packed(files)


def pdf(pages):
    objects = {
        1: "<</Type/Catalog/Pages 2 0 R>>",
        2: f"<</Type/Pages/Count {len(pages)}/Kids[{' '.join(f'{10 + 2 * n} 0 R' for n in range(len(pages)))}]>>",
        3: "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H/DescendantFonts"
        "[<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000>>]>>",
    }
    for number, page in enumerate(pages):
        lines = []
        for item in page:
            angle = -math.radians(item.turn)
            a, b = item.squeeze * math.cos(angle), item.squeeze * math.sin(angle)
            x, y = item.x / POINT, (297 - item.top - item.size * 0.86) / POINT
            code = item.text.encode("utf-16-be").hex()
            lines.append(
                f"BT /F1 {item.size / POINT:.3f} Tf {a:.4f} {b:.4f} {-math.sin(angle):.4f}"
                f" {math.cos(angle):.4f} {x:.3f} {y:.3f} Tm <{code}> Tj ET"
            )
        content = "\n".join(lines)
        objects[10 + 2 * number] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.276 841.89]/Contents {11 + 2 * number} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>"
        )
        objects[11 + 2 * number] = f"<</Length {len(content)}>>\nstream\n{content}\nendstream"
    out, table = "%PDF-1.7\n", ""
    for number, body in objects.items():
        table += f"{number} 1\n{len(out):010} 00000 n \n"
        out += f"{number} 0 obj\n{body}\nendobj\n"
    end = f"xref\n0 1\n0000000000 65535 f \n{table}trailer\n<</Size 99/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n"
    return (out + end).encode("ascii")


def docx(paragraphs):
    inner = "".join(f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>" for text in paragraphs)
    return packed({
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f'<w:document xmlns:w="w"><w:body>{inner}</w:body></w:document>',
    })


def marked(rng, pages):
    """A document with a mark: its kind of disguise, its name and its bytes."""
    text, plain = mark(rng)
    place = rng.choice(["page"] * 8 + ["later", "template", "annotation", "attachment", "custom", "name"])
    name, more = "通知.ofd", {}
    way = place
    if place == "page":
        way, items = disguised(rng, text)
        pages[0][rng.randint(0, len(pages[0])) : 0] = items
        if rng.random() < 0.5:
            return f"page, {way}, pdf", "通知.pdf", pdf(pages)
    elif place == "later":
        pages.append([Item(text, 28, 40), Item("附件", 28, 60)])
    elif place == "template":
        more["template"] = disguised(rng, text)[1]
    elif place == "annotation":
        more["annotation"] = disguised(rng, text)[1]
    elif place == "attachment":
        inner = docx([text, "名单"])
        if rng.random() < 0.5:
            more["attachments"] = {"附件.zip": packed({"名单.docx": inner})}
        else:
            more["attachments"] = {"名单.docx": inner}
    elif place == "custom":
        more["custom"] = ("密级", plain.split("★")[0])
    else:
        name = f"{plain}-通知.ofd".replace("★", rng.choice("★☆"))
    return f"{way}, ofd", name, ofd(pages, **more)


def clean(rng, pages):
    if rng.random() < 0.4:
        return "clean, pdf", "通知.pdf", pdf(pages)
    more = {}
    if rng.random() < 0.3:
        more["attachments"] = {"名单.docx": docx(rng.sample(SENTENCES, 4))}
    if rng.random() < 0.3:
        more["annotation"] = [Item("已核对", 150, 250)]
    return "clean, ofd", "通知.ofd", ofd(pages, **more)


def document(seed, number):
    """File `number` of the corpus: expected to be marked or not, its disguise, name and bytes."""
    rng = random.Random(f"{seed}/{number}")
    office = rng.choice(OFFICES)
    title = rng.choice(CLEAN_TITLES + [f"关于做好{topic}工作的通知" for topic in TOPICS])
    pages = typeset(rng, title, rng.choices(SENTENCES, k=rng.randint(4, 22)), office)
    if rng.random() < 0.2:
        pages[0].append(Item(rng.choice(["特急", "加急"]), 160, 37.3))
    if number % 2 == 0:
        return (True, *marked(rng, pages))
    return (False, *clean(rng, pages))


def long_document(seed, count):
    rng = random.Random(seed)
    pages = []
    for number in range(count):
        page = []
        for row in range(22):
            line = "".join(rng.choices(SENTENCES, k=3))[:28]
            page.extend(split(rng, line, 28, 37.3 + 10.2 * row, SIZE, 0.2))
        page.append(Item(f"— {number + 1} —", 160, 270, 4.94))
        pages.append(page)
    return ofd(pages)


def is_held(seed, number):
    return hashlib.sha256(f"held {seed} {number}".encode()).digest()[0] % 10 == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=2400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", choices=["open", "held", "all"], default="open")
    parser.add_argument("--long", type=int, help="write a document of so many pages and end")
    parser.add_argument("--keep", help="keep the files that were judged otherwise, in this folder")
    asked = parser.parse_args()
    if asked.long:
        Path(asked.program).write_bytes(long_document(asked.seed, asked.long))
        return 0
    told = collections.Counter()
    misses = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(asked.count):
            if asked.part != "all" and is_held(asked.seed, number) != (asked.part == "held"):
                continue
            has_mark, way, name, content = document(asked.seed, number)
            path = Path(folder) / name
            path.write_bytes(content)
            said = subprocess.run(
                [asked.program, "inspect", path, "--json"], capture_output=True, check=False
            )
            path.unlink()
            value = json.loads(said.stdout)
            decision = value["marks"]["decision"]
            told[("marked" if has_mark else "clean", decision)] += 1
            if decision != ("refuse" if has_mark else "clean"):
                found = [finding.get("code") for finding in value["marks"]["findings"]]
                misses.append(f"{number}: {way}: {decision} {found} {value.get('reason', '')}")
                if asked.keep:
                    (Path(asked.keep) / f"{number}-{name}").write_bytes(content)
    for (kind, decision), count in sorted(told.items()):
        print(f"{kind:7} {decision:13} {count}")
    marked_files = sum(count for (kind, _), count in told.items() if kind == "marked")
    clean_files = sum(count for (kind, _), count in told.items() if kind == "clean")
    refused, wrongly = told[("marked", "refuse")], told[("clean", "refuse")]
    missed = told[("marked", "clean")]
    print(f"recall of refusals {refused}/{marked_files}; held or refused {marked_files - missed}/{marked_files}")
    print(f"precision of refusals {refused}/{refused + wrongly}; false refusals {wrongly}/{clean_files}")
    for miss in misses:
        print(miss)
    return 0 if missed == 0 and wrongly * 1000 <= clean_files else 1


if __name__ == "__main__":
    sys.exit(main())
