"""Staging: uploaded files are read as one set of lists; a file that cannot be used is set aside with its problem."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypedDict, TypeVar

from shapely.geometry.base import BaseGeometry
from sqlalchemy import RowMapping

from gridplan.coordinates import frame_named
from gridplan.errors import InputRefused
from gridplan.exchange.lists.features import READERS as SHAPE_READERS
from gridplan.exchange.lists.hamlets import HamletList, hamlets_in, in_one_village
from gridplan.exchange.lists.households.households import HouseholdList, read_households
from gridplan.exchange.lists.households.village_lookup import table_titles
from gridplan.exchange.lists.members import MemberList, members_in
from gridplan.exchange.lists.plan_workbook import PlanWorkbook, read_plan_workbook
from gridplan.exchange.lists.rows.private_columns import without_private
from gridplan.exchange.lists.rows.told_villages import villages_in_tables
from gridplan.exchange.lists.village_names import ListedVillage, VillageNames, as_listed
from gridplan.exchange.lists.villages import read_villages
from gridplan.exchange.tables.cells import VILLAGE
from gridplan.exchange.tables.columns import HAMLET_FIELDS, HOUSEHOLD_FIELDS, MEMBER_FIELDS, VILLAGE_FIELDS, Synonyms
from gridplan.exchange.tables.formats import READERS
from gridplan.exchange.tables.read import read_all, read_table
from gridplan.exchange.tables.readers.archive import open_archive
from gridplan.exchange.tables.readers.geopackage import layers_of
from gridplan.exchange.tables.source import Source, Table
from gridplan.exchange.workbook import sheet_to_read_back
from gridplan.model import Hamlet, TownPlan, Village
from gridplan.service.imports.alike_villages import meant_villages
from gridplan.service.imports.detect import LAYERS_OF_PLAN, FileKind, Recognised, recognise
from gridplan.store import Store
from gridplan.store.system import imports
from gridplan.words import Message

IMPORTS_FOLDER: Final = "imports"
"""The folder of the store that has a folder for every import batch."""
SHAPEFILE_PARTS: Final = frozenset({".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".xml"})
"""Parts of a shapefile, which is read by its .shp."""
UNPACKED_LIMIT: Final = 200_000_000
FIELDS_OF: Final[Mapping[FileKind, Synonyms]] = {
    "households": HOUSEHOLD_FIELDS,
    "members": MEMBER_FIELDS,
    "hamlets": HAMLET_FIELDS,
    "villages": VILLAGE_FIELDS,
}
FEATURE_READERS: Final[Mapping[FileKind, tuple[str, Callable[[Source], Any]]]] = {
    "roads": ("road", SHAPE_READERS["road"]),
    "barriers": ("barrier", SHAPE_READERS["barrier"]),
    "crossings": ("crossing", SHAPE_READERS["crossing"]),
    "water": ("water", SHAPE_READERS["water"]),
    "buildings": ("building", SHAPE_READERS["building"]),
}
"""The kind of feature that a file of shapes has, and what reads it."""
T = TypeVar("T")


class UploadedFile(TypedDict):
    """A file of an import batch: the random name it is stored under, and the one it came with."""

    stored: str
    name: str


@dataclass(frozen=True)
class StagedFile:
    """A file, or a layer or sheet of one: what it is read as, and why it cannot be used if it cannot."""

    key: str
    source: Source
    kind: FileKind
    guessed: FileKind
    tables: tuple[Table, ...] = ()
    problem: Message | None = None
    is_chosen: bool = False
    """Whether the planner said what it is."""
    why: Message | None = None
    """What it was seen from, where that is not plain."""
    may_be: tuple[FileKind, ...] = ()
    """What the planner is asked to choose from."""

    @property
    def is_asked(self) -> bool:
        """Whether the planner has to say what it is."""
        return bool(self.may_be) and not self.is_chosen

    @property
    def is_understood(self) -> bool:
        """Whether anything is known of it: that it is a list, or that it is to be left out."""
        return self.kind != "aside" or self.guessed != "aside" or self.is_chosen

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.source.name}#{self.source.layer}" if self.source.layer else self.source.name


@dataclass(frozen=True)
class ImportChoices:
    """What the planner chose: by file its kind, frame and headers of fields; and which household an unsure one is."""

    kinds: Mapping[str, FileKind] = field(default_factory=dict)
    frames: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    answers: Mapping[str, str | None] = field(default_factory=dict)
    asked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The households that one of `answers` could have been."""
    villages: Mapping[str, str] = field(default_factory=dict)
    """By what lists call a village which one it is, itself if it is one of its own."""
    keep_grids: bool | None = None
    """Whether to start from the grids that the lists have; None until the planner has chosen."""
    only_own: bool = False
    """Whether only the planner's own villages are taken from the lists."""
    left_out: Sequence[str] = ()
    """The villages of the lists that are not taken."""


@dataclass(frozen=True)
class StagedLists:
    """What all files hold together."""

    files: tuple[StagedFile, ...]
    households: HouseholdList | None = None
    members: MemberList | None = None
    villages: tuple[Village, ...] = ()
    villages_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By file of villages, or of a finished plan, the names of those in it."""
    hamlets: tuple[Hamlet, ...] = ()
    shapes: Mapping[str, tuple[BaseGeometry, ...]] = field(default_factory=dict)
    plan: TownPlan | None = None
    book: PlanWorkbook = field(default_factory=PlanWorkbook)
    notes: tuple[tuple[str, Message], ...] = ()
    """What was noticed about files other than lists of households, by their names."""
    names: VillageNames = field(default_factory=VillageNames)
    """The villages of the town and of the lists, and what lists may call them."""


# ---- the files


def batch_folder(store: Store, row: RowMapping) -> Path:
    """Return the folder that the files of an import batch are in."""
    return store.folder / IMPORTS_FOLDER / str(row["folder"])


def remove_closed_folders(store: Store) -> None:
    """Remove the folders of batches that were applied or discarded, those that a crash has left behind among them."""
    folders = {path.name: path for path in (store.folder / IMPORTS_FOLDER).glob("*")}
    with store.read() as connection:
        closed = imports.closed_folders(connection, folders)
    for name in closed:
        shutil.rmtree(folders[name], ignore_errors=True)


def unpack_archives(folder: Path, files: Sequence[UploadedFile]) -> list[UploadedFile]:
    """Return files with the lists that are packed in zip files instead of those; what else is packed there is left."""
    found: list[UploadedFile] = []
    for file in files:
        found += _unpacked(folder, file) if Path(file["stored"]).suffix == ".zip" else [file]
    return found


def _unpacked(folder: Path, file: UploadedFile) -> Iterator[UploadedFile]:
    """Write the lists of a zip file into the folder, under random names; one of shapefiles alone stays as it is."""
    source = Source(folder / file["stored"], called=file["name"])
    try:
        with open_archive(source, source.content(), UNPACKED_LIMIT) as archive:
            inside = [PurePosixPath(name) for name in archive.names if not name.startswith("__MACOSX/")]
            lists = [path for path in inside if path.suffix.lower() in READERS and path.suffix.lower() != ".zip"]
            if not lists or all(path.suffix.lower() == ".shp" for path in lists):
                yield file
                return
            stems: dict[PurePosixPath, str] = {}
            for path in inside:
                ending = path.suffix.lower()
                if path not in lists and ending not in SHAPEFILE_PARTS:
                    continue
                id_ = stems.setdefault(path.with_suffix(""), secrets.token_hex(8))
                (folder / f"{id_}{ending}").write_bytes(archive.read(str(path)))
                yield {"stored": f"{id_}{ending}", "name": path.name}
    except InputRefused:
        yield file  # reading it will say why


def staged_files(
    folder: Path, files: Sequence[UploadedFile], choices: ImportChoices, report: Callable[[str], None]
) -> tuple[StagedFile, ...]:
    """Return every file, layer or sheet with its kind; `report` gets the name of the file being read."""
    staged: list[StagedFile] = []
    for file in files:
        source = Source(folder / file["stored"], called=file["name"])
        if source.ending not in SHAPEFILE_PARTS:
            report(file["name"])
            staged += _staged_parts(file["stored"], source, choices)
    return tuple(staged)


def _staged_parts(key: str, source: Source, choices: ImportChoices) -> list[StagedFile]:
    layers = layers_of(source.path) if source.ending == ".gpkg" else {}
    if set(layers) >= LAYERS_OF_PLAN:
        return [StagedFile(key, source, choices.kinds.get(key, "plan"), "plan")]
    if len(layers) > 1:
        tables = [name for name, layer in layers.items() if not layer.is_view]
        return [
            _staged_file(f"{key}#{name}", replace(source, layer=name), choices, aside=bool(tables) and layer.is_view)
            for name, layer in layers.items()
        ]
    whole = _staged_file(key, source, choices)
    sheets = [table.sheet for table in whole.tables]
    kinds = {recognise(table).kind for table in whole.tables} - {"aside"}
    if len(kinds) < 2 or sheet_to_read_back(sheets):
        return [whole]
    return [_staged_file(f"{key}#{sheet}", replace(source, layer=sheet), choices) for sheet in sheets if sheet]


def _staged_file(key: str, source: Source, choices: ImportChoices, *, aside: bool = False) -> StagedFile:
    """Return a file, or a part of one, as what it is recognised as, unless it is one to leave `aside`."""
    named = choices.frames.get(key)
    source = replace(
        source,
        frame=frame_named(named) if named else None,
        columns=choices.columns.get(key, {}),
        villages=meant_villages(choices.villages),
    )
    try:
        tables = read_all([source])
        read_back = sheet_to_read_back([table.sheet for table in tables])
        if aside:
            seen = Recognised("aside", Message("imports.why.view"))
        else:
            seen = Recognised("households") if read_back else _first_known([recognise(table) for table in tables])
        kind = choices.kinds.get(key, seen.kind)
        fields = FIELDS_OF.get(kind, HOUSEHOLD_FIELDS)
        public = tuple(without_private(table, fields, {})[0] for table in tables)
    except InputRefused as refusal:
        kind, is_chosen = choices.kinds.get(key, "aside"), key in choices.kinds
        return StagedFile(key, source, kind, "aside", problem=refusal.message, is_chosen=is_chosen)
    is_chosen = aside or key in choices.kinds
    why = None if is_chosen and kind != seen.kind else seen.why
    return StagedFile(key, source, kind, seen.kind, public, is_chosen=is_chosen, why=why, may_be=seen.may_be)


def _first_known(seen: Sequence[Recognised]) -> Recognised:
    """Return what the first table is of which something is known, else what the planner is asked about."""
    known = (one for one in seen if one.kind != "aside")
    asked = (one for one in seen if one.why is not None)
    return next(known, next(asked, Recognised("aside")))


# ---- reading them


def read_staged_lists(
    files: Sequence[StagedFile], villages: Sequence[Village], hamlets: Sequence[Hamlet], report: Callable[[str], None]
) -> StagedLists:
    """Return the lists in files; `villages` and `hamlets` are those of the town, whose way of writing a name wins."""
    reading = _Reading(list(files), report)
    drawn_in = {name: read.villages for name, read in reading.each("villages", read_villages)}
    drawn = [village for found in drawn_in.values() for village in found]
    told = [*reading.told("hamlets"), *reading.told("members")]
    first_places = reading.places(VillageNames(villages, drawn, told))
    homes = reading.households(villages, drawn, (*first_places, *hamlets), told)
    names = homes.village_names if homes else VillageNames(villages, drawn, told)
    named = {meant[0].name: meant[0] for one in drawn if len(meant := names.find(as_listed(one))) == 1}
    listed = {home.village for home in homes.households} if homes else {village.name for village in names.villages}
    places = [place for _, read in reading.each("hamlets", partial(_places, names, listed)) for place in read.hamlets]
    members = reading.together("members", lambda sources: members_in(read_all(sources), names=names))
    shapes: dict[str, tuple[BaseGeometry, ...]] = {}
    for kind, (feature, read_features) in FEATURE_READERS.items():
        if found := [shape for _, read in reading.each(kind, read_features) for shape in read.shapes]:
            shapes[feature] = tuple(found)
    plans = dict(reading.each("plan", _plan))
    book = reading.together("households", read_plan_workbook) if homes and homes.grid_of else None
    villages_of = {
        file: frozenset(meant[0].name for one in found if len(meant := names.find(as_listed(one))) == 1)
        for file, found in drawn_in.items()
    }
    villages_of |= {name: frozenset(one.plan.village for one in plan.villages) for name, plan in plans.items()}
    return StagedLists(
        files=tuple(reading.files),
        households=homes,
        members=members,
        villages=tuple(named.values()),
        villages_of=villages_of,
        hamlets=tuple(places),
        shapes=shapes,
        plan=next(iter(plans.values()), None),
        book=book or PlanWorkbook(),
        notes=tuple(reading.notes),
        names=names,
    )


def _places(names: VillageNames, listed: Collection[str], source: Source) -> HamletList:
    return in_one_village(hamlets_in(read_table(source), names=names, listed=listed), source.name, listed)


def _plan(source: Source) -> TownPlan:
    from gridplan.exchange.geopackage import read_plan  # not above: it loads pandas, and no list needs that

    return read_plan(source.path)


class _Reading:
    """Files while they are read: one that cannot be used gets its problem, and the others go on without it."""

    def __init__(self, files: list[StagedFile], report: Callable[[str], None]) -> None:
        self.files = files
        self.notes: list[tuple[str, Message]] = []
        self._report = report

    def _usable(self, kind: FileKind) -> list[StagedFile]:
        return [staged for staged in self.files if staged.kind == kind and staged.problem is None]

    def _set_aside(self, staged: StagedFile, why: Message) -> None:
        self.files[self.files.index(staged)] = replace(staged, problem=why)

    def each(self, kind: FileKind, read: Callable[[Source], T]) -> Iterator[tuple[str, T]]:
        """Read the files of a kind one by one; each comes with its name."""
        for staged in self._usable(kind):
            self._report(staged.name)
            try:
                found = read(staged.source)
            except InputRefused as refusal:
                self._set_aside(staged, refusal.message)
                continue
            self.notes += [(staged.name, note) for note in getattr(found, "notes", ())]
            yield staged.name, found

    def together(self, kind: FileKind, read: Callable[[Sequence[Source]], T]) -> T | None:
        """Read all files of a kind as one list; whichever keeps that from working is set aside."""
        while files := self._usable(kind):
            self._report(files[0].name)
            try:
                return read([staged.source for staged in files])
            except InputRefused as refusal:
                about = str(refusal.message.values.get("file", ""))
                at_fault = (staged for staged in files if about.startswith(staged.source.name))
                self._set_aside(next(at_fault, files[-1]), refusal.message)
        return None

    def told(self, kind: FileKind) -> Iterator[ListedVillage]:
        """Walk the villages that files of a kind tell of."""
        for staged in self._usable(kind):
            try:
                yield from villages_in_tables(staged.tables, FIELDS_OF[kind], {})
            except InputRefused:
                continue  # reading the file will say why

    def places(self, names: VillageNames) -> Iterator[Hamlet]:
        """Walk the hamlets of files, as far as is known before households are read."""
        for staged in self._usable("hamlets"):
            try:
                yield from (place for place in hamlets_in(staged.tables[0], names=names).hamlets if place.village)
            except InputRefused:
                continue  # reading the file will say why

    def households(
        self,
        stored: Sequence[Village],
        drawn: Sequence[Village],
        hamlets: Sequence[Hamlet],
        told: Sequence[ListedVillage],
    ) -> HouseholdList | None:
        """Read the lists of households; one that is called like a village is of that, known or not."""
        tables = [table for staged in self._usable("households") for table in staged.tables]
        known = VillageNames(stored, drawn)
        called = {name for name in table_titles(tables) if VILLAGE.fullmatch(name)} if tables else set()
        new = [Village(name) for name in sorted(called) if not known.find(ListedVillage(name))]
        return self.together(
            "households",
            lambda sources: read_households(
                sources,
                villages=(*drawn, *(new if known.villages else ())),
                hamlets=hamlets,
                stored=stored,
                beside=told,
            ),
        )
