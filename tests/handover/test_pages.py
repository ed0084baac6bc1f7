"""The printable pages of packs. GOLDEN=write writes the golden texts anew; then look at the diff."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import asdict, fields, replace
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest

from batch.core.handed import Licence, Member, PackSheet
from batch.core.harmless import one_line
from batch.handover.pages import render, write_pages
from batch.handover.paper import sizes
from batch.handover.portal import LANGUAGES, words
from batch.handover.steps import cut_name, steps
from batch.handover.wording import Words, plain
from tests.handover.examples import COVER, E3_LESS, E4, VISIO, keeping, people, replacing
from tests.handover.hostile import HOSTILE

GOLDEN = Path(__file__).parent / "golden"
#: Labels that stand in Microsoft's articles in these languages; any other has the English label beside it.
SEEN = {
    "nl": {
        "Gebruikers > Actieve gebruikers", "Productlicenties beheren", "Meer opties (...)", "Volgende", "Apps",
        "Bestaande toewijzingen van productlicenties vervangen", "Toevoegen aan bestaande productlicentietoewijzingen",
        "Meer toewijzen: De bestaande licenties behouden en meer toewijzen", "Wijzigingen opslaan",
        "Facturering > Licenties", "Licenties en apps",
    },
    "de": {
        "Benutzer > Aktive Benutzer", "Produktlizenzen verwalten", "Weitere Optionen (...)", "Weiter", "Apps",
        "Vorhandene Produktlizenzzuweisungen ersetzen", "Zu vorhandenen Produktlizenzzuweisungen hinzufügen",
        "Änderungen speichern", "Abrechnung > Lizenzen", "Zuweisung aufheben", "Lizenzen und Apps",
    },
    "fr": {
        "Utilisateurs > Utilisateurs actifs", "Gérer les licences de produits", "Plus d’options (...)", "Suivant",
        "Remplacer les attributions de licence de produit existantes", "Enregistrer les modifications",
        "Affecter plus : conserver les licences existantes et en affecter d’autres", "Facturation > Licences",
        "Ajouter aux attributions de licence de produit existantes", "Licences et applications",
    },
    "es": {
        "Usuarios > Usuarios activos", "Administrar licencias de producto", "Más opciones (...)", "Siguiente",
        "Reemplazar las asignaciones de licencias de producto existentes", "Guardar cambios", "Cancelar asignación",
        "Asignar más: mantener las licencias existentes y asignar más", "Facturación > Licencias",
        "Agregar a las asignaciones de licencias de producto existentes", "Licencias y aplicaciones",
    },
}  # fmt: skip


class Page(HTMLParser):
    """The text of a page line by line, its tags and its attributes."""

    BLOCKS = frozenset(["title", "header", "h1", "h2", "h3", "p", "li", "tr", "div", "ol", "ul", "table", "footer"])

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.cells: list[list[str]] = []
        self.copied: list[str] = []
        self._text: list[str] = []
        self._style = self._copying = False
        self.feed(page)
        self.lines = [line for line in (" ".join(line.split()) for line in "".join(self._text).split("\n")) if line]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self._style = tag == "style"
        if tag == "div":
            self._copying = ("class", "copy") in attrs or (self._copying and not attrs)
        if tag == "tr":
            self.cells.append([])
        elif tag == "td":
            self.cells[-1].append("")
        if tag in ("td", "th", "span"):
            self._text.append(" | ")
        if tag in self.BLOCKS or tag == "br":
            self._text.append("\n")

    def handle_data(self, data: str) -> None:
        if self._style:
            self._style = False
            return
        self._text.append(data.replace("\n", " "))
        if not data.strip():
            return
        if self.tags[-1] == "bdi":
            self.cells[-1][-1] += data
        elif self._copying and self.tags[-1] == "div":
            self.copied.append(data)


def told(sheet: PackSheet, lang: str = "en") -> list[str]:
    return ["".join(piece.text for piece in step.told) for step in steps(sheet, words(lang))]


def everything(said: Words) -> dict[str, str]:
    return {f.name: getattr(said, f.name) for f in fields(said) if f.name not in ("lang", "labels")}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_says_everything(lang: str) -> None:
    said = words(lang)
    assert said.lang == lang
    for name, text in (everything(said) | asdict(said.labels)).items():
        assert text == text.strip() != "", name
    holes = {k: sorted(n for _, n, _, _ in Formatter().parse(t) if n) for k, t in everything(words("en")).items()}
    for name, text in everything(said).items():
        assert sorted(n for _, n, _, _ in Formatter().parse(text) if n) == holes[name], name
        assert not re.search(r"\} ?\{", text), f"{name}: two things in bold would run together"


@pytest.mark.parametrize("lang", SEEN)
def test_labels_that_nobody_has_seen_have_the_english_one_beside_them(lang: str) -> None:
    english = asdict(words("en").labels)
    for name, label in asdict(words(lang).labels).items():
        assert label in SEEN[lang] or label.endswith(f" [{english[name]}]"), name


@pytest.mark.golden
@pytest.mark.parametrize("lang", ["en", "nl"])
def test_pages_read_as_they_did(lang: str) -> None:
    sheets = [replacing(1, 3), keeping(2, 3), replacing(3, 3, 23, location="BE", inherited=("Power BI (free)",))]
    text = "\n".join(Page(render(sheets, COVER, lang)).lines) + "\n"
    golden = GOLDEN / f"packs.{lang}.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8"), "GOLDEN=write writes it anew"


def test_two_hundred_hostile_names_are_text_and_nothing_else() -> None:
    folk = tuple(
        Member(n, "id", f"{n}{one_line(name)[:60].replace(' ', '')}@contoso.com", name)
        for n, name in enumerate(HOSTILE)
    )
    written = render(
        [replacing(1, 1, people=folk)], replace(COVER, title=HOSTILE[36], tenant=HOSTILE[37], run=HOSTILE[38]), "en"
    )
    page, usual = Page(written), Page(render([replacing(1, 1, len(HOSTILE))], COVER, "en"))
    assert page.tags == usual.tags
    assert page.attributes == usual.attributes
    assert [row[2:4] for row in page.cells[-len(folk) :]] == [[one_line(cut_name(p.name)), p.upn] for p in folk]
    assert page.copied == [p.upn for p in folk]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b\ud800-\udfff]", written)


def test_licences_and_commands_are_text_as_well() -> None:
    bad = Licence("<i>E3</i>", ("<u>Sway</u>",))
    page = render(
        [keeping(ticked=(bad,), given=(bad,), gone=("<s>E4",), inherited=("<q>",))],
        replace(COVER, folder="C:\\My <runs>\\1"),
        "de",
    )
    assert not re.search(r"<(i|u|s|q)>(E|S)", page)
    assert "reassign collect &#34;C:\\My &lt;runs&gt;\\1&#34; DATEI" in page


def test_what_goes_and_comes_from_a_group_as_well_keeps_its_greyed_tick() -> None:
    lines = Page(render([replacing(gone=("E4", "Visio"), inherited=("E4",))], COVER, "en")).lines
    assert "E4 the greyed tick stays" in lines
    assert "Visio" in lines


def test_no_network_and_no_script() -> None:
    page = render([replacing(), keeping()], COVER, "en")
    assert "default-src 'none'" in page
    assert not re.search(r"<script|<link|<img|url\(|@import|https?:", page)


def test_replacing_ticks_all_of_it_and_says_what_to_switch_off() -> None:
    said = told(replacing())
    assert len(said) == 7
    assert said[3].startswith("Choose Replace existing product license assignments > Next.")
    assert said[4].endswith("Under Apps switch off the services named in the box. Leave all the others on.")
    assert told(replacing(ticked=(VISIO,)))[4].endswith("Under Apps leave everything on.")
    assert not any("Unassign" in step for step in said)


def test_keeping_gives_first_looks_and_then_takes_away() -> None:
    said = told(keeping(gone=(E4, "Project Plan 3")))
    found = [
        next(n for n, step in enumerate(said) if re.search(part, step))
        for part in ("Office 365 E4, Project", "Set the usage location NL", "Keep the existing", "Tick Office 365 E3",
                     "now has Office 365 E3 too", r"Unassign licenses > Unassign\. Do one product", "nobody is without")
    ]  # fmt: skip
    assert found == sorted(found)
    assert found[-1] == len(said) - 1
    assert not any("Replace" in step for step in said)
    assert "Visio" not in "".join(said)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_steps_that_have_nothing_to_do_are_left_out(lang: str) -> None:
    labels = words(lang).labels
    only_takes = told(keeping(given=(), location=""), lang)
    assert len(only_takes) == 3
    assert labels.manage not in "".join(only_takes)
    only_gives = told(keeping(gone=()), lang)
    assert labels.unassign_licenses not in "".join(only_gives)
    assert labels.location not in "".join(told(replacing(), lang))
    nothing = "".join(told(replacing(ticked=()), lang))
    assert labels.unassign_all in nothing
    assert labels.replace not in nothing
    assert words(lang).in_turns.replace("{limit}", "20") in "".join(told(keeping(count=21), lang))
    assert words(lang).in_turns.replace("{limit}", "20") not in "".join(told(keeping(count=20), lang))


def test_more_than_twenty_are_told_where_they_fit() -> None:
    note = plain(words("en"), words("en").many, people=21, limit=20)
    assert note in Page(render([replacing(1, 1, 21)], replace(COVER, size=40), "en")).lines
    assert note not in Page(render([replacing(1, 1, 20)], replace(COVER, size=40), "en")).lines


def test_people_stand_in_the_order_of_the_sheet_and_packs_in_theirs() -> None:
    page = Page(render([replacing(1, 2), keeping(2, 2)], COVER, "en"))
    folk = [*people(20, 20), *people(7, 40)]
    assert [row[-2] for row in page.cells if len(row) == 5] == [p.upn for p in folk]
    assert page.copied == [p.upn for p in folk]
    heads = [line for line in page.lines if re.fullmatch(r"Pack \d of 2", line)]
    assert heads == ["Pack 1 of 2", "Pack 2 of 2"]


def test_many_packs_are_cut_into_files_that_name_their_workbooks(tmp_path: Path) -> None:
    sheets = [replacing(n, 501, 1) for n in range(1, 502)]
    paths = write_pages(sheets, COVER, "en", tmp_path)
    assert [path.name for path in paths] == ["packs-1.html", "packs-2.html", "packs-3.html"]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    assert [text.count("<section") for text in texts] == [201, 201, 102]
    assert "Part <b>2</b> of <b>3</b>: packs <b>201</b> to <b>400</b>" in texts[1]
    assert "The first <b>40</b> of <b>200</b> packs." in texts[1]
    assert f"takes it in: <b>reassign collect {COVER.folder} FILE</b>" in texts[1]
    assert "in the workbook (<b>packs-2.xlsx</b>)" in texts[1]
    assert "mark it in <b>packs-3.xlsx</b> and give that back" in texts[2]


def test_one_file_and_the_same_bytes_again(tmp_path: Path) -> None:
    (path,) = write_pages([replacing(), keeping()], COVER, "es", tmp_path)
    before = path.read_bytes()
    write_pages([replacing(), keeping()], COVER, "es", tmp_path)
    assert path.name == "packs.html"
    assert path.read_bytes() == before
    assert b'<html lang="es">' in before


@pytest.mark.parametrize(
    ("sheet", "told_size", "people_size"),
    [
        (replacing(), 9.0, 9.0),
        (keeping(count=20), 8.5, 7.5),
        (replacing(count=40), 7.0, 6.5),
        (keeping(count=40), 6.5, 6.0),
    ],
)
def test_usual_packs_are_set_in_type_that_can_be_read(sheet: PackSheet, told_size: float, people_size: float) -> None:
    for said in map(words, LANGUAGES):
        found = sizes(sheet, steps(sheet, said), said, COVER)
        assert (found.told >= told_size, found.people >= people_size) == (True, True), (said.lang, found)


def test_a_name_without_end_is_cut() -> None:
    endless = (Member(0, "id", "a@contoso.com", "A" * 100_000),)
    page = render([replacing(people=endless)], COVER, "en")
    assert "A" * 256 + "…" in page
    assert "A" * 257 not in page


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium on PATH to print")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_pack_prints_on_one_page(lang: str, tmp_path: Path) -> None:
    counts = (20, 20, 20, 20, 20, 20, 17)  # 137 people
    sheets = [(keeping if n % 3 == 0 else replacing)(n, 11, count) for n, count in enumerate(counts, 1)]
    upn = "a.very.long.alias.for.one.person" + "x" * 8 + "@subsidiary.of.contoso.onmicrosoft.com"
    long = tuple(
        p._replace(upn=f"{p.change}{upn}"[:79], name=p.name + " von und zu Hohenlohe" * 11) for p in people(20)
    )
    many = keeping(
        9, 11, 40, ticked=(E3_LESS, VISIO, Licence("Project Plan 3", ("Service",) * 9)), gone=(E4, "Project")
    )
    sheets += [replacing(8, 11, people=long), many, replacing(10, 11, 40), keeping(11, 11, people=long)]
    (page,) = write_pages(sheets, COVER, lang, tmp_path)
    paper = tmp_path / "packs.pdf"
    subprocess.run(
        [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}", "--no-pdf-header-footer", f"--print-to-pdf={paper}",
            page.as_uri(),
        ],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    assert len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) == len(sheets) + 1
