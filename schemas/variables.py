"""Variables of the example study: HER2-low v HER2-zero on first-line CDK4/6 inhibitors.

Everything the engine knows of a variable stands here: label, unit, codes, possible and plausible
range, whether the analysis can do without it, and what centers call it. The rules stand in
``patient.py``.
"""

import pandas as pd
import pandera.pandas as pa

from multicentric.schema import PatientModel, variable

YES_NO = {"kind": "flag"}


class Variables(PatientModel):
    """What is known of a patient of the cohort, as every center must read after harmonization."""

    sex: pd.StringDtype = variable(
        "Sex",
        kind="code",
        needed="if_sent",
        codes={"female": "Female", "male": "Male"},
        synonyms="Gender; Cinsiyet; Cins; Geschlecht; Sesso; Genere; Sexe; Sexo; Género",
        code_synonyms={
            "female": (
                "F; Woman; Kadın; K; Bayan; Weiblich; W; Frau; Femmina; Donna; Femme; "
                "Féminin; Mujer; Femenino"
            ),
            "male": (
                "M; Man; Erkek; E; Bay; Männlich; Mann; Maschio; Uomo; Homme; Masculin; "
                "Hombre; Masculino; Varón"
            ),
        },
    )
    birth_date: pa.DateTime = variable(
        "Date of birth",
        kind="date",
        needed="always",
        synonyms="DOB; Birth date; Doğum tarihi; DT; D. tarihi; Geburtsdatum; Geb.-Datum; Data "
        "di nascita; Nato il; Date de naissance; DDN; Fecha de nacimiento",
    )
    menopausal_status: pd.StringDtype = variable(
        "Menopausal status",
        kind="code",
        codes={"premenopausal": "Premenopausal", "postmenopausal": "Postmenopausal"},
        description="At the start of treatment; empty for men.",
        asked_of={"sex": "female"},
        synonyms="Menopause; Menopausal; Menopoz; Menopozal durum; Menopoz durumu; "
        "Menopausenstatus; Menopausa; Stato menopausale; Ménopause; Statut "
        "ménopausique; Menopausia; Estado menopáusico",
        code_synonyms={
            "premenopausal": (
                "Pre; Premenopozal; Prämenopausal; Premenopausa; Premenopausale; "
                "Préménopause; Préménopausée; Premenopáusica"
            ),
            "postmenopausal": (
                "Post; Postmenopozal; Postmenopausa; Postmenopausale; Postménopause; "
                "Ménopausée; Postmenopáusica"
            ),
        },
    )
    ecog: pd.Int64Dtype = variable(
        "ECOG performance status",
        kind="integer",
        possible=(0, 4),
        plausible=(0, 3),
        synonyms="ECOG; ECOG PS; PS; PS ECOG; Performance status; Performans; Performans "
        "durumu; Performans skoru; Leistungsstatus; Allgemeinzustand; Indice de "
        "performance; Estado funcional",
    )
    histology: pd.StringDtype = variable(
        "Histology",
        kind="code",
        codes={"ductal": "Ductal (no special type)", "lobular": "Lobular", "other": "Other"},
        synonyms="Histological type; Hist; Histoloji; Histolojik tip; Patoloji; Histologie; "
        "Histologischer Typ; Istologia; Istotipo; Tipo istologico; Type histologique; "
        "Histología; Tipo histológico",
        code_synonyms={
            "ductal": (
                "IDC; NST; No special type; Invasive ductal; İDK; Duktal; İnvaziv duktal; "
                "İnvaziv duktal karsinom; Invasiv duktal; Duttale; Duttale infiltrante; "
                "CDI; Canalaire; Canalaire infiltrant; Ductal infiltrante"
            ),
            "lobular": (
                "ILC; Invasive lobular; İLK; Lobüler; İnvaziv lobüler; İnvaziv lobüler "
                "karsinom; Lobulär; Invasiv lobulär; Lobulare; Lobulare infiltrante; CLI; "
                "Lobulaire; Lobulaire infiltrant; Lobulillar"
            ),
            "other": (
                "Mixed; Diğer; Karma; Mikst; Andere; Sonstige; Altro; Misto; Autre; Mixte; "
                "Otro; Mixto"
            ),
        },
    )
    grade: pd.Int64Dtype = variable(
        "Grade",
        kind="integer",
        possible=(1, 3),
        synonyms="Nottingham grade; Tumor grade; Histologic grade; Grad; Histolojik grad; "
        "Derece; Grading; Tumorgrad; Grado; Grado istologico; Grade SBR; Grado "
        "histológico",
        code_synonyms={
            "1": "I; G1; Low",
            "2": "II; G2; Intermediate",
            "3": "III; G3; High",
        },
    )
    er_status: pd.StringDtype = variable(
        "Estrogen receptor",
        kind="code",
        needed="if_sent",
        codes={"positive": "Positive", "negative": "Negative"},
        description="Positive from 1 % of cells, or from an Allred score of 3.",
        synonyms="ER; ÖR; RE; Estrogen receptor; Oestrogen receptor; ER status; ER durumu; ER "
        "Allred; ER IRS; ER H-score; Östrojen reseptörü; Östrogenrezeptor; ER-Status; "
        "Recettori estrogeni; Recettore estrogenico; Récepteurs aux œstrogènes; "
        "Receptor de estrógeno",
        code_synonyms={
            "positive": "Pos; P; +; Pozitif; Positiv; Positivo; Positif",
            "negative": "Neg; N; -; Negatif; Negativ; Negativo; Négatif",
        },
    )
    er_percent: pd.Float64Dtype = variable(
        "Estrogen receptor",
        kind="number",
        unit="%",
        possible=(0, 100),
        synonyms="ER; ER %; ÖR; RE; Estrogen receptor; Oestrogen receptor; ER yüzdesi; Östrojen "
        "reseptörü; Östrogenrezeptor; Recettori estrogeni; Recettore estrogenico; "
        "Récepteurs aux œstrogènes; Receptor de estrógeno",
    )
    pr_status: pd.StringDtype = variable(
        "Progesterone receptor",
        kind="code",
        needed="if_sent",
        codes={"positive": "Positive", "negative": "Negative"},
        description="Positive from 1 % of cells, or from an Allred score of 3.",
        synonyms="PR; PgR; RP; Progesterone receptor; PR status; PR durumu; PR Allred; PR IRS; "
        "PR H-score; Progesteron reseptörü; Progesteronrezeptor; PR-Status; Recettori "
        "progestinici; Recettore progestinico; Récepteurs à la progestérone; Receptor "
        "de progesterona",
        code_synonyms={
            "positive": "Pos; P; +; Pozitif; Positiv; Positivo; Positif",
            "negative": "Neg; N; -; Negatif; Negativ; Negativo; Négatif",
        },
    )
    pr_percent: pd.Float64Dtype = variable(
        "Progesterone receptor",
        kind="number",
        unit="%",
        possible=(0, 100),
        synonyms="PR; PgR; PR %; RP; Progesterone receptor; PR yüzdesi; Progesteron reseptörü; "
        "Progesteronrezeptor; Recettori progestinici; Recettore progestinico; "
        "Récepteurs à la progestérone; Receptor de progesterona",
    )
    ki67_percent: pd.Float64Dtype = variable(
        "Ki-67",
        kind="number",
        unit="%",
        possible=(0, 100),
        synonyms="Ki67; Ki-67 index; Ki-67 indeksi; Kİ-67; MIB-1; Proliferation index; "
        "Proliferationsindex; Indice di proliferazione; Indice Ki67; Índice Ki67",
    )
    her2_ihc: pd.StringDtype = variable(
        "HER2 immunohistochemistry",
        kind="code",
        needed="always",
        codes={"0": "0", "1": "1+", "2": "2+", "3": "3+"},
        synonyms="HER2; HER2 IHC; HER2 IHC score; HER2 skor; HER2 İHK; HER2 İHK skoru; cerbB2; "
        "c-erbB-2; HER2 IHC-Score; Her2neu; HER2 immunoistochimica; HER2 IHQ; Score "
        "HER2",
        code_synonyms={
            "0": "Score 0; Skor 0; (0); Negatif (0); Negative (0)",
            "1": "(+1); +1; Score 1; Skor 1; 1 +",
            "2": "(+2); +2; 2+ equivocal; Score 2; Skor 2; 2 +",
            "3": "(+3); +3; Score 3; Skor 3; 3 +",
        },
    )
    her2_ish: pd.StringDtype = variable(
        "HER2 in situ hybridization",
        kind="code",
        needed="if_sent",
        codes={"negative": "Negative", "positive": "Positive", "not_done": "Not done"},
        synonyms="ISH; FISH; SISH; CISH; FISH/SISH; HER2 ISH; HER2 FISH; HER2 SISH; HER2 FISH "
        "ratio; HER2 amplification; FISH sonucu; HER2-Amplifikation; Amplificazione "
        "HER2; Amplification HER2; Amplificación HER2",
        code_synonyms={
            "negative": (
                "Neg; -; Negatif; Amplifikasyon yok; Not amplified; Negativ; Nicht "
                "amplifiziert; Negativo; Non amplificato; Négatif; Non amplifié; No "
                "amplificado"
            ),
            "positive": (
                "Pos; +; Pozitif; Amplifikasyon var; Amplified; Positiv; Amplifiziert; "
                "Positivo; Amplificato; Positif; Amplifié; Amplificado"
            ),
            "not_done": (
                "Bakılmadı; Bakılmamış; Yapılmadı; Yapılmamış; Nicht durchgeführt; Non "
                "eseguito; Non fait; No realizado"
            ),
        },
    )
    presentation: pd.StringDtype = variable(
        "Metastatic presentation",
        kind="code",
        codes={"de_novo": "De novo", "recurrent": "Recurrent"},
        synonyms="De novo; De novo metastatic; De novo metastatik; Stage at diagnosis; "
        "Presentation; Tanıda metastatik; Tanı evresi; Metastatik hastalık tipi; "
        "Stadium bei Diagnose; Primär metastasiert; Stadio alla diagnosi; Metastasi "
        "sincrone; Métastatique d'emblée; Stade au diagnostic; Estadio al diagnóstico",
        code_synonyms={
            "de_novo": (
                "De novo; Synchronous; IV; Stage IV; Evre IV; Evre 4; Sinc; Sincrone; "
                "Primär metastasiert; Synchrone; Sincrónica"
            ),
            "recurrent": (
                "Recurrent; Relapse; Metachronous; I; II; III; Stage I; Stage II; Stage "
                "III; Nüks; Rekürren; Metacrona; Sekundär metastasiert; Récidive; "
                "Recurrente; Recaída"
            ),
        },
    )
    met_bone: pd.BooleanDtype = variable(
        "Bone metastases",
        **YES_NO,
        synonyms="Bone; Bone mets; Met bone; Kemik; Kemik met; Kemik metastazı; Knochen; "
        "Knochenmetastasen; Ossa; Metastasi ossee; Métastases osseuses; Hueso; "
        "Metástasis óseas",
    )
    met_liver: pd.BooleanDtype = variable(
        "Liver metastases",
        **YES_NO,
        synonyms="Liver; Liver mets; Met liver; KC; KC met; Karaciğer; Karaciğer met; Karaciğer "
        "metastazı; Leber; Lebermetastasen; Fegato; Metastasi epatiche; Foie; "
        "Métastases hépatiques; Hígado; Metástasis hepáticas",
    )
    met_lung: pd.BooleanDtype = variable(
        "Lung metastases",
        **YES_NO,
        synonyms="Lung; Lung mets; Met lung; AC; AC met; Akciğer; Akciğer met; Akciğer "
        "metastazı; Lunge; Lungenmetastasen; Polmone; Metastasi polmonari; Poumon; "
        "Métastases pulmonaires; Pulmón; Metástasis pulmonares",
    )
    met_brain: pd.BooleanDtype = variable(
        "Brain metastases",
        **YES_NO,
        synonyms="Brain; Brain mets; Met brain; CNS; Beyin; Beyin met; Beyin metastazı; SSS; "
        "Hirn; Gehirn; ZNS; Hirnmetastasen; Encefalo; Cervello; Metastasi cerebrali; "
        "Cerveau; Métastases cérébrales; Cerebro; Metástasis cerebrales",
    )
    met_lymph_node: pd.BooleanDtype = variable(
        "Lymph node metastases",
        **YES_NO,
        synonyms="Lymph node; Lymph nodes; LN; Nodal mets; Met lymph node; LAP; Lenf nodu; Lenf "
        "nodu met; Lenf bezi; Lymphknoten; LK; Lymphknotenmetastasen; Linfonodi; "
        "Metastasi linfonodali; Ganglions; Métastases ganglionnaires; Ganglios; "
        "Metástasis ganglionares",
    )
    cdk46: pd.StringDtype = variable(
        "CDK4/6 inhibitor",
        kind="code",
        needed="always",
        codes={
            "palbociclib": "Palbociclib",
            "ribociclib": "Ribociclib",
            "abemaciclib": "Abemaciclib",
        },
        synonyms="CDK; CDK46; CDK4/6; CDK4/6i; CDK4/6 inhibitor; CDK 4/6 inh.; CDK ajanı; CDK "
        "inhibitörü; CDK4/6 inhibitörü; CDK4/6-Inhibitor; CDK-Hemmer; Inibitore "
        "CDK4/6; Inibitore; Inhibiteur de CDK4/6; Inhibidor de CDK4/6",
        code_synonyms={
            "palbociclib": "Palbo; Palbosiklib; Ibrance",
            "ribociclib": "Ribo; Ribosiklib; Kisqali",
            "abemaciclib": "Abema; Abemasiklib; Verzenio; Verzenios",
        },
    )
    endocrine_partner: pd.StringDtype = variable(
        "Endocrine partner",
        kind="code",
        needed="if_sent",
        codes={
            "letrozole": "Letrozole",
            "anastrozole": "Anastrozole",
            "exemestane": "Exemestane",
            "fulvestrant": "Fulvestrant",
        },
        synonyms="ET; ET partner; ET partneri; Endocrine backbone; Endocrine therapy; ET "
        "backbone; Endokrin tedavi; Verilen ET; Endokrine Therapie; ET-Partner; "
        "Terapia endocrina; Partner; Partner endocrino; Hormonothérapie; "
        "Hormonoterapia",
        code_synonyms={
            "letrozole": "Let; Letrozol; Letrozolo; Létrozole; Femara",
            "anastrozole": "Ana; Anastrozol; Anastrozolo; Arimidex",
            "exemestane": "Exe; Eksemestan; Exemestan; Exémestane; Aromasin",
            "fulvestrant": "Fulv; Ful; Faslodex",
        },
    )
    line: pd.Int64Dtype = variable(
        "Line of treatment",
        kind="integer",
        needed="always",
        possible=(1, 10),
        synonyms="Treatment line; Line of therapy; Basamak; Tedavi basamağı; Tedavi sırası; "
        "Therapielinie; Linie; Linea; Linea di terapia; Ligne; Ligne de traitement; "
        "Línea; Línea de tratamiento",
        code_synonyms={
            "1": "First; 1st; Birinci; Erste; Prima; Première; Primera",
            "2": "Second; 2nd; İkinci; Zweite; Seconda; Deuxième; Segunda",
            "3": "Third; 3rd; Üçüncü; Dritte; Terza; Troisième; Tercera",
        },
    )
    start_date: pa.DateTime = variable(
        "Start of the CDK4/6 inhibitor",
        kind="date",
        needed="always",
        description="Time zero.",
        synonyms="Start date; Treatment start; Cycle 1 Day 1; C1D1; Başlangıç; Başlangıç "
        "tarihi; Tedavi başlangıç; Tedavi başlangıç tarihi; CDK4/6 başlangıç tarihi; "
        "Therapiebeginn; Behandlungsbeginn; Data inizio; Inizio terapia; Date de "
        "début; Début du traitement; Fecha de inicio",
    )
    best_response: pd.StringDtype = variable(
        "Best response (RECIST)",
        kind="code",
        needed="if_sent",
        codes={
            "CR": "Complete response",
            "PR": "Partial response",
            "SD": "Stable disease",
            "PD": "Progressive disease",
            "NE": "Not evaluable",
        },
        synonyms="Best response; BOR; Response; RECIST; RECIST 1.1; Yanıt; En iyi yanıt; Tedavi "
        "yanıtı; Ansprechen; Bestes Ansprechen; Risposta; Miglior risposta; Réponse; "
        "Meilleure réponse; Respuesta; Mejor respuesta",
        code_synonyms={
            "CR": (
                "TY; Tam yanıt; RC; Risposta completa; Komplettremission; Réponse complète; "
                "Respuesta completa"
            ),
            "PR": (
                "KY; Kısmi yanıt; Parsiyel yanıt; RP; Risposta parziale; Partielle "
                "Remission; Réponse partielle; Respuesta parcial"
            ),
            "SD": (
                "SH; Stabil hastalık; Stable; Malattia stabile; Stabile Erkrankung; Maladie "
                "stable; Enfermedad estable"
            ),
            "PD": (
                "PH; Progresyon; Progresif hastalık; Progression; Progressione; Malattia "
                "progressiva; Maladie progressive; Progresión"
            ),
            "NE": (
                "Not evaluated; Değerlendirilemedi; Nicht beurteilbar; Non valutabile; Non "
                "évaluable; No evaluable"
            ),
        },
    )
    progression_date: pa.DateTime = variable(
        "Progression",
        kind="date",
        needed="if_sent",
        synonyms="Progression date; Date of progression; PD date; Progresyon tarihi; PD tarihi; "
        "Progressdatum; Datum der Progression; Data progressione; Data PD; Date de "
        "progression; Fecha de progresión",
    )
    vital_status: pd.StringDtype = variable(
        "Vital status",
        kind="code",
        needed="if_sent",
        codes={"alive": "Alive", "dead": "Dead"},
        synonyms="Status; Survival status; Alive at last contact; Son durum; Vital durum; "
        "Sağkalım durumu; OS event; Ölüm; Exitus; Vitalstatus; Stato vitale; Statut "
        "vital; Estado vital",
        code_synonyms={
            "alive": (
                "Living; Sağ; Yaşıyor; Hayatta; Lebt; Lebend; Vivo; Viva; In vita; Vivant; Vivante"
            ),
            "dead": (
                "Died; Deceased; Ex; Eks; Exitus; Öldü; Vefat; Verstorben; Tot; Deceduto; "
                "Deceduta; Morto; Décédé; Décédée; Fallecido; Fallecida; Muerto"
            ),
        },
    )
    death_date: pa.DateTime = variable(
        "Death",
        kind="date",
        needed="if_sent",
        synonyms="Death date; Date of death; DOD; Date of last contact or death; Ex tarihi; "
        "Exitus tarihi; Ölüm tarihi; Vefat tarihi; Todesdatum; Sterbedatum; Data "
        "decesso; Data di morte; Date de décès; Fecha de defunción; Fecha de muerte",
    )
    last_followup_date: pa.DateTime = variable(
        "Last contact",
        kind="date",
        needed="if_sent",
        synonyms="Last FU; Last follow-up; Last contact date; Date of last contact; Date of "
        "last follow-up; Date of last contact or death; Son kontrol; Son kontrol "
        "tarihi; Son vizit; Son görülme tarihi; Letzter Kontakt; Datum letzter "
        "Kontakt; Ultimo follow-up; Data ultimo follow-up; Dernier contact; Date de "
        "dernière nouvelle; Último contacto; Último seguimiento",
    )
    last_assessment_date: pa.DateTime = variable(
        "Last assessment of the disease",
        kind="date",
        description="The last imaging, whatever it showed; a visit or a call without is none.",
        synonyms="Last imaging; Last scan; Last assessment; Last tumor assessment; Date of last "
        "imaging; Son görüntüleme; Son görüntüleme tarihi; Letzte Bildgebung; Letztes Staging; "
        "Ultima rivalutazione; Dernière imagerie; Última imagen",
    )
    pfs_months: pd.Float64Dtype = variable(
        "Progression-free survival as sent",
        kind="number",
        unit="months",
        needed="if_sent",
        possible=(0, 600),
        decimals=1,
        description="Only where a center sends no outcome dates.",
        synonyms="PFS; PFS months; PFS time; PFS ay; PFS süresi; Progresyonsuz sağkalım; "
        "Progressionsfreies Überleben; Sopravvivenza libera da progressione; SSP; "
        "Survie sans progression; SLP; Supervivencia libre de progresión",
    )
    progression_or_death: pd.BooleanDtype = variable(
        "Progression or death, as sent",
        needed="if_sent",
        **YES_NO,
        synonyms="PFS event; PFS ev; PFS status; PFS olay; Progression or death; Progresyon "
        "veya ölüm; Progress oder Tod; Progressione o decesso; Progression ou décès; "
        "Progresión o muerte",
    )
    os_months: pd.Float64Dtype = variable(
        "Overall survival as sent",
        kind="number",
        unit="months",
        needed="if_sent",
        possible=(0, 600),
        decimals=1,
        description="Only where a center sends no outcome dates.",
        synonyms="OS; OS months; OS time; OS ay; OS süresi; Overall survival; Genel sağkalım; "
        "Toplam sağkalım; Gesamtüberleben; Sopravvivenza globale; Survie globale; SG; "
        "Supervivencia global",
    )
