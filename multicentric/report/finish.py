"""The last touch on a PDF before it is written: what PDF/UA-1 asks beside PDF/A-3a.

Its part number with the extension schema in the metadata, left uncompressed; the scope of headers;
and running heads and feet as artifacts, so that no screen reader reads them aloud on every page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_UA_METADATA = b"""<rdf:Description rdf:about=""
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of the PDF/UA standard</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>"""


def finish(document: Any, pdf: Any) -> None:
    """Complete a document of WeasyPrint; the `finisher` of its ``write_pdf``."""
    by_number = {item.number: item for item in pdf.objects if item.number}

    def at(reference: Any) -> Any:
        text = reference.decode() if isinstance(reference, bytes) else str(reference)
        return by_number[int(text.split()[0])]

    _claim_accessibility(at(pdf.catalog["Metadata"]))
    if "AF" in pdf.catalog:
        # WeasyPrint names every attachment twice.
        pdf.catalog["AF"][:] = list(dict.fromkeys(pdf.catalog["AF"]))
    _margins_as_artifacts(pdf, at)
    for element in pdf.objects:
        if isinstance(element, dict) and element.get("S") == "/TH":
            row = at(element["P"])
            in_head = at(row["P"]).get("S") == "/THead"
            element["A"]["Scope"] = "/Column" if in_head else "/Row"


def _claim_accessibility(metadata: Any) -> None:
    metadata.compress = False
    metadata.stream = [
        part.replace(b"</rdf:RDF>", _UA_METADATA) if isinstance(part, bytes) else part
        for part in metadata.stream
    ]


def _margins_as_artifacts(pdf: Any, at: Any) -> None:
    """Mark the content of page margins as pagination artifacts.

    WeasyPrint gives margin boxes tags that hang in no tree: what its page maps to a tag that cannot
    be reached from the root is a running head or foot.
    """
    from weasyprint.pdf import pydyf

    root = at(pdf.catalog["StructTreeRoot"])
    in_tree = set(_numbers_below(root, at))
    mapping = at(root["ParentTree"])["Nums"]
    pages = [at(reference) for reference in pdf.pages["Kids"][::3]]
    for number, page in enumerate(pages):
        tags = mapping[2 * number + 1]
        stream = at(page["Contents"]).stream
        outside = {mcid for mcid, tag in enumerate(tags) if at(tag).number not in in_tree}
        for place, item in enumerate(stream):
            if isinstance(item, pydyf.Dictionary) and item.get("MCID") in outside:
                stream[place - 1] = "/Artifact"
                stream[place] = pydyf.Dictionary({"Type": "/Pagination"})
        for mcid in outside:
            tags[mcid] = "null"
    for element in pdf.objects:
        is_tag = isinstance(element, dict) and element.get("Type") == "/StructElem"
        if is_tag and element.number not in in_tree:
            element.clear()


def _numbers_below(element: Any, at: Any) -> Iterator[int]:
    yield element.number
    for kid in element.get("K", []):
        # A number among the kids is marked content, not a tag.
        if not isinstance(kid, int):
            below = at(kid)
            if below.get("Type") != "/OBJR":
                yield from _numbers_below(below, at)
