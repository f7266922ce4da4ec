"""``multicentric audit …``: verify, explain, log, sign."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multicentric.audit.explain import (
    Explained,
    Unexplained,
    Values,
    datasets_in_words,
    disposition_of,
    estimates_named,
)
from multicentric.audit.history import NoHistory, dataset_named, history, plain, sign
from multicentric.audit.ledger import read_ledger
from multicentric.audit.verify import BAD, Item, verify, verify_report
from multicentric.centers import discover
from multicentric.study import load_settings

if TYPE_CHECKING:
    from multicentric.audit.disclosure import Rules, Shareable


class AuditFault(Exception):
    """What was asked cannot be answered, in one sentence."""


def add_commands(commands: Any) -> None:
    """Add ``audit`` and its commands to the program's."""
    audit = commands.add_parser("audit", help="prove and explain where every number came from")
    parts = audit.add_subparsers(dest="audit", required=True, metavar="COMMAND")

    one = _command(parts, "verify", _verify, "hold results, drops and decisions to the ledger")
    one.add_argument("--rerun", action="store_true", help="build the study anew and compare")
    one.add_argument("--cores", type=int, default=2, help="jobs at a time with --rerun")
    one.add_argument("--head", default="", help="a head of the ledger that was kept elsewhere")
    one.add_argument("--report", type=Path, help="hold this PDF to the ledger instead")

    one = _command(parts, "explain", _explain, "where a value or a number comes from")
    one.add_argument("center", nargs="?", help="a center's id")
    one.add_argument("patient", nargs="?", help="the center's own key of a patient")
    one.add_argument("variable", nargs="?", help="a variable, derived variable or endpoint")
    one.add_argument("--estimate", help="an estimate's key, or a text of the report such as 23.9")

    one = _command(parts, "log", _log, "what was published, why, and who signed it off")
    one.add_argument("dataset", nargs="?", help="a dataset such as pooled/patients, or a center")

    one = _command(parts, "sign", _sign, "sign off a dataset's last version")
    one.add_argument("dataset", help="a dataset such as pooled/patients, or a center")
    one.add_argument("--as", dest="who", required=True, help="who signs, with the role")
    one.add_argument("--meaning", required=True, help="what the signature says")

    one = _command(parts, "release", _release, "write what may be shown outside the study")
    one.add_argument("--reason", required=True, help="to whom it goes and why")


def _command(
    parts: Any, name: str, run: Callable[[argparse.Namespace], int], words: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parts.add_parser(name, help=words, description=words)
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    parser.set_defaults(run=run)
    return parser


def _ledger() -> str:
    return load_settings(Path()).audit.ledger


def _verify(asked: argparse.Namespace) -> int:
    ledger = _ledger()
    if asked.report is not None:
        if not asked.report.is_file():
            raise AuditFault(f"{asked.report} is no file.")
        items = [verify_report(asked.report, asked.report.name, read_ledger(Path(ledger)))]
    else:
        items = verify(Path(), ledger, asked.head)
    if asked.rerun:
        from multicentric.audit.rerun import rebuild

        items += rebuild(Path(), ledger, asked.cores)
    if asked.json:
        print(json.dumps([asdict(item) for item in items], indent=1))
    else:
        print("\n".join([*map(str, items), _counted(items)]))
    return 1 if any(item.bad for item in items) else 0


def _explain(asked: argparse.Namespace) -> int:
    explained = Explained(Path())
    answers: list[Any]
    try:
        if asked.estimate is not None:
            answers = list(estimates_named(explained, asked.estimate))
        elif asked.patient is None:
            raise AuditFault("name a center and a patient, or an estimate with --estimate.")
        elif asked.variable is None:
            answers = [disposition_of(explained, asked.center, asked.patient)]
        else:
            answers = [Values(explained, asked.center, asked.patient).of(asked.variable)]
    except Unexplained as why:
        raise AuditFault(str(why)) from None
    if asked.json:
        print(json.dumps([answer.plain() for answer in answers], indent=1, ensure_ascii=False))
    else:
        print("\n\n".join(map(str, answers)))
        if asked.estimate is not None:
            print(f"\nMade from\n{datasets_in_words(answers[0].datasets)}")
    return 0


def _log(asked: argparse.Namespace) -> int:
    lines = read_ledger(Path(_ledger()))
    if not lines:
        raise AuditFault(f"there is no ledger {_ledger()}: nothing has been published.")
    try:
        dataset = None if asked.dataset is None else dataset_named(lines, asked.dataset)
    except NoHistory as why:
        raise AuditFault(str(why)) from None
    if asked.json:
        print(json.dumps(plain(lines, dataset), indent=1, ensure_ascii=False))
    else:
        print("\n".join(history(lines, dataset)))
    return 0


def _sign(asked: argparse.Namespace) -> int:
    try:
        entry = sign(Path(_ledger()), Path(), asked.dataset, asked.who, asked.meaning)
    except NoHistory as why:
        raise AuditFault(str(why)) from None
    if asked.json:
        print(json.dumps(entry, indent=1, ensure_ascii=False))
    else:
        print(f"{entry['dataset']}, version {entry['version']}, is signed off by {entry['who']}.")
    return 0


def _release(asked: argparse.Namespace) -> int:
    from multicentric.audit.disclosure import NamesCenter, Refused, Rules, release

    explained = Explained(Path())
    bad = [item for item in verify(Path(), _ledger()) if item.bad]
    if bad:
        raise AuditFault(f"nothing is released: {bad[0].name} is {bad[0].state}.")
    rules = Rules(**explained.settings.disclosure.model_dump())
    report = Path("results/report.pdf") if explained.settings.profile == "shareable" else None
    try:
        shown = _shown(explained, rules)
        pdf = None if report is None else report.read_bytes()
        entry = release(Path(_ledger()), shown, rules, asked.reason, pdf)
    except (NamesCenter, Refused, Unexplained) as why:
        raise AuditFault(f"nothing is released: {why}") from None
    if asked.json:
        print(json.dumps(entry, indent=1, ensure_ascii=False))
    else:
        folder = (Path(_ledger()).parent / "releases" / str(entry["release"])).as_posix()
        print(f"{folder}: {len(entry['files'])} files; decisions.csv says what is not shown.")
    return 0


def _shown(explained: Explained, rules: Rules) -> Shareable:
    from multicentric.audit.disclosure import Released, shareable
    from multicentric.audit.disclosure.files import FILES, read_results
    from multicentric.audit.labels import labels_of

    results = read_results({name: explained.path(f).as_posix() for name, f in FILES.items()})
    labels = labels_of(discover(Path()))
    return shareable(explained.study, rules, results, labels, Released.last(Path(_ledger())))


def _counted(items: list[Item]) -> str:
    states = [item.state for item in items]
    tally = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    bad = sum(item.state in BAD for item in items)
    return f"{len(items)} items: {tally}. {'The results stand.' if not bad else 'They do not.'}"
