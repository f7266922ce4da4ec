# Look-ups over the drops of a center, the newest and those before: what the census, the questions and
# the changes ask.

from multicentric.mapping import load_mapping
from multicentric.reading.drop import list_drop, list_packs


@cache
def earlier_drops(center):
    """Drops of a center before its newest, oldest first, as far as they can be read today."""
    return [drop for drop in READY[center].earlier if earlier_meaning(drop) is not None]


@cache
def earlier_meaning(drop):
    try:
        return load_mapping(mapping_beside(drop)).digest
    except Mistakes as mistakes:
        logger.warning(f"{drop} is left out of the history: {mistakes.mistakes[0]}")
        return None


def mapping_beside(drop):
    own = drop / "mapping.yaml"
    return own if own.is_file() else drop.parent / "mapping.yaml"


def earlier_drop(wildcards):
    (drop,) = [d for d in earlier_drops(wildcards.center) if d.name == wildcards.date]
    return drop


def files_of_earlier(wildcards):
    drop = earlier_drop(wildcards)
    return [drop / name for name in list_drop(drop)]


def mapping_of_earlier(wildcards):
    return mapping_beside(earlier_drop(wildcards))


def folder_of_earlier(wildcards):
    return earlier_drop(wildcards).as_posix()


def key_of_earlier(wildcards):
    drop = earlier_drop(wildcards)
    return key(
        **program("earlier"),
        files=files_digest(files_of_earlier(wildcards), drop),
        mapping=earlier_meaning(drop),
        split=split_of(wildcards) or "",
        secret=secret.fingerprint if secret else "",
        protocol=protocol("validate"),
        schema=schema(),
        **answered(packs_of_earlier(wildcards)),
    )


def over_drops(name, newest):
    """One table of every drop of a center, oldest first."""

    def of_center(wildcards):
        center = wildcards.center
        dates = [drop.name for drop in earlier_drops(center)]
        path = getattr(rules.earlier.output, name)
        return [*expand(path, center=center, date=dates), newest.format(center=center)]

    return of_center


def drops_of(wildcards):
    return drops_of_center(wildcards.center)


def drops_of_center(center):
    return [*earlier_drops(center), READY[center].drop]


def drop_folders_of(wildcards):
    return [drop.as_posix() for drop in drops_of(wildcards)]


def mappings_of(wildcards):
    return [
        *map(mapping_beside, earlier_drops(wildcards.center)),
        READY[wildcards.center].mapping,
    ]


def packs_of(wildcards):
    return packs_of_center(wildcards.center)


def packs_of_center(center):
    return [drop / name for drop in drops_of_center(center) for name in list_packs(drop)]


def packs_of_earlier(wildcards):
    """What had come back by the time of an earlier drop, in its folder or before."""
    drop = earlier_drop(wildcards)
    return [path for path in packs_of(wildcards) if path.parent.name <= drop.name]


def answered(packs):
    """What a key says of packs that came back; nothing where none did."""
    return {"packs": files_digest(packs, packs[0].parents[1])} if packs else {}


def across_of(wildcards):
    """What shows of a center beside the others; nothing where it is not pooled."""
    decided = read_json(passed(wildcards))
    if decided["stop"] or wildcards.center not in decided["centers"]:
        return []
    checkpoints.across_centers.get()
    return [f"results/across/{wildcards.center}.parquet"]


@cache
def words_digest(page):
    """What is said to centers on a page: the engine's words and the study's messages."""
    return {
        "words": meaning_of((ENGINE / "templates/words").glob("*.yaml")),
        "page": files_digest([ENGINE / "templates" / page], ENGINE),
        "messages": meaning_of((Path(study.dictionary).parent / "messages").glob("*.yaml")),
    }


def key_of_ask(wildcards):
    center = READY[wildcards.center]
    return key(
        **program("ask"),
        drops=digest(json.dumps([drop.name for drop in drops_of(wildcards)])),
        mappings=digest(
            json.dumps([*map(earlier_meaning, earlier_drops(center.id)), center.meaning])
        ),
        packs=files_digest(packs_of(wildcards), center.drop.parent),
        origin=study.data_origin,
        said=words_digest("queries.html.j2"),
    )


def last_two(name, newest):
    """One table of the last two drops of a center."""

    def of_center(wildcards):
        return over_drops(name, newest)(wildcards)[-2:]

    return of_center


def last_two_drops_of(wildcards):
    return drop_folders_of(wildcards)[-2:]


def files_of_last_two(wildcards):
    return [drop / name for drop in drops_of(wildcards)[-2:] for name in list_drop(drop)]


def mappings_of_last_two(wildcards):
    return mappings_of(wildcards)[-2:]


def key_of_changes(wildcards):
    center = READY[wildcards.center]
    before = earlier_drops(center.id)[-1]
    return key(
        **program("changes"),
        drops=digest(json.dumps([before.name, center.drop_date])),
        mappings=digest(json.dumps([earlier_meaning(before), center.meaning])),
        files=files_digest(files_of_last_two(wildcards), center.drop.parent),
        protocol=protocol("pool"),
        origin=study.data_origin,
        said=words_digest("changes.html.j2"),
    )


def with_two_drops():
    return [center for center in READY if earlier_drops(center)]


def checks_of_passing(wildcards):
    return expand(rules.validate.output.checks, center=passing_centers())


def tables_of_passing(wildcards):
    return expand(rules.harmonize.output.table, center=passing_centers())


def findings_over_drops(wildcards):
    """Findings of every drop of the passing centers."""
    found = []
    for center in passing_centers():
        dates = [drop.name for drop in earlier_drops(center)]
        found += expand(rules.earlier.output.findings, center=center, date=dates)
        found += expand(rules.validate.output.findings, center=center)
    return found


def names_of_drops(wildcards):
    """Center and date of each file that `findings_over_drops` names."""
    return [
        [center, date]
        for center in passing_centers()
        for date in [*(drop.name for drop in earlier_drops(center)), READY[center].drop_date]
    ]


def key_of_quality(wildcards):
    return key(**program("quality"), schema=schema(), protocol=protocol("validate"))


def files_of_previous(wildcards):
    before = previous_of(wildcards)
    return [before / name for name in list_drop(before)] if before else []


def previous_of(wildcards):
    """The drop before the newest, if it can be read today."""
    return next(reversed(earlier_drops(wildcards.center)), None)


def folder_of_previous(wildcards):
    before = previous_of(wildcards)
    return before.as_posix() if before else ""


def key_of_census(wildcards):
    before = previous_of(wildcards)
    parts = {**program("census"), **drop_of(READY[wildcards.center])}
    if before:
        parts["previous"] = files_digest(files_of_previous(wildcards), before)
        parts["previous_mapping"] = earlier_meaning(before)
    return key(**parts)
