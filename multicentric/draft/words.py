"""Words that mean the same in every study: yes, no, missing, patient numbers, units of time.

In English, Turkish, German, Italian, French and Spanish. What belongs to one study (its variables,
their codes) stands in its own schema, as synonyms.
"""

from __future__ import annotations

import re
from functools import lru_cache

from multicentric.mapping.folding import folding

plain = folding(ignore_case=True, ignore_accents=True)


def _listed(words: str) -> frozenset[str]:
    return frozenset(plain(word) for word in words.split(";"))


YES = _listed("yes;y;true;evet;var;ja;vorhanden;sì;si;presente;oui;présent;sí;presente;x;+;✓")
NO = _listed("no;false;hayır;yok;nein;keine;assente;non;absent;ausente;none")
# Single letters and digits mean yes and no only beside each other, as the two answers of a column.
PAIRS = tuple(
    (plain(yes), plain(no))
    for yes, no in (("y", "n"), ("e", "h"), ("j", "n"), ("s", "n"), ("o", "n"), ("1", "0"))
)
MISSING = {
    plain(word): reason
    for reason, words in (
        (
            "unknown",
            "unknown;unk;bilinmiyor;belirtilmemiş;unbekannt;unbek.;k.A.;non noto;ignoto;inconnu;"
            "desconocido;?",
        ),
        (
            "not_done",
            "not done;bakılmadı;bakılmamış;yapılmadı;yapılmamış;nicht durchgeführt;non eseguito;"
            "non fait;no realizado",
        ),
    )
    for word in words.split(";")
}
KEYS = _listed(
    "patient id;patientid;patient no;patient number;subject;subject id;record id;record_id;"
    "study id;id;pat id;pat-id;case id;hasta no;hasta kodu;hasta id;dosya no;protokol no;"
    "fallnummer;patientennummer;n. paziente;id pz;id paziente;"
    "codice paziente;numéro patient;id patient;id paciente;número de paciente"
)
UNITS = {
    "months": _listed("months;month;mo;ay;monate;mesi;mois;meses"),
    "days": _listed("days;day;gün;tage;giorni;jours;días"),
    "years": _listed("years;year;yıl;jahre;anni;ans;años"),
    "%": _listed("%;percent;pct;yüzde;yüzdesi;prozent;percento;pourcentage;porcentaje"),
}
# Headings under which a drop of several centers names them.
CENTERS = _listed(
    "center;centre;center id;site;site id;site number;study site;hospital;institution;inst;"
    "clinic;data access group;redcap_data_access_group;merkez;merkez adı;merkez no;hastane;"
    "kurum;klinik;zentrum;klinikum;krankenhaus;prüfzentrum;centro;ospedale;azienda;centre n°;"
    "hôpital;établissement;hospital id;centro hospitalario"
)
# Texts of rows that are no patient: a table's own sums, tests of the database, records struck out.
TOTALS = _listed(
    "total;totals;sum;subtotal;grand total;mean;average;toplam;ara toplam;genel toplam;ortalama;"
    "summe;gesamt;zwischensumme;mittelwert;totale;somma;media;somme;moyenne;suma;promedio"
)
NO_PATIENT = _listed(
    "test;test patient;testpatient;demo;dummy;training;example;deneme;test hasta;örnek;eğitim;"
    "muster;mustermann;schulung;prova;esempio;essai;exemple;prueba;ejemplo;"
    "deleted;cancelled;duplicate;double entry;entered in error;silindi;iptal;mükerrer;gelöscht;"
    "storniert;doppelt;duplikat;cancellato;annullato;doppione;supprimé;annulé;doublon;eliminado;"
    "anulado;duplicado"
)
# Column by which a longitudinal REDCap export tells its events apart.
REDCAP_EVENT = "redcap_event_name"
REDCAP_DICTIONARY = ("Variable / Field Name", "field_name")


def tokens(text: str) -> list[str]:
    """Words and numbers of a text, plain; "%" is a word."""
    return re.findall(r"[^\W_]+|%", plain(text))


@lru_cache(maxsize=65536)
def compact(text: str) -> str:
    """A name without what centers write differently: case, accents, spaces, marks, percent."""
    percent = UNITS["%"]
    return "".join("" if word in percent else word for word in tokens(text))


def unit_in(text: str) -> str | None:
    """The one unit that a heading or its description names."""
    found = {unit for unit, words in UNITS.items() if words & set(tokens(text))}
    return found.pop() if len(found) == 1 else None
