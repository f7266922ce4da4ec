"""Running heads, feet and page numbers are artifacts: nobody has them read aloud on every page."""

import ctypes

import pypdfium2
import pypdfium2.raw as raw

MM = 72 / 25.4


def mark_of(thing) -> str:
    """The name under which content is marked: of a tag, or Artifact."""
    mark = raw.FPDFPageObj_GetMark(thing.raw, 0)
    size = ctypes.c_ulong()
    raw.FPDFPageObjMark_GetName(mark, None, 0, size)
    name = ctypes.create_string_buffer(size.value)
    short = ctypes.cast(name, ctypes.POINTER(ctypes.c_ushort))
    raw.FPDFPageObjMark_GetName(mark, short, size, size)
    return name.raw.decode("utf-16-le").rstrip("\0")


def test_what_stands_in_the_margins_is_an_artifact_and_nothing_else_is(report):
    seen = 0
    for page in pypdfium2.PdfDocument(report.pdf):
        height = page.get_size()[1]
        for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=1):
            # What a word's later runs of letters are marked with, the first one says.
            if raw.FPDFPageObj_CountMarks(thing.raw):
                _, bottom, _, top = thing.get_bounds()
                in_margin = top < 18 * MM or bottom > height - 20 * MM
                assert (mark_of(thing) == "Artifact") == in_margin
                seen += in_margin
    assert seen >= 4 * len(report.pages) - 2
