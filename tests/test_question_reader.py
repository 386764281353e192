"""A question is read once into slots: what it names, leaves out, computes, and tells of the learner."""

from importlib.resources import files

import pytest
import yaml

from assistant.understanding.frames import Guess, Scores, features
from assistant.understanding.lexicon import LEXICON_FILE, lexicon
from assistant.understanding.naming import Namer
from assistant.understanding.phrases import PhraseTable, tokens_of
from assistant.understanding.reader import Reader
from assistant.understanding.request import Frame, Learner, Operation, Request, Role
from assistant.vocabulary import Names, read_vocabulary
from ingest.corpus_models import Profile
from ingest.index import LocalIndex


@pytest.fixture(scope="module")
def reader(small_index: LocalIndex) -> Reader:
    return Reader(Namer(read_vocabulary(small_index).names, small_index.structure))


def read(reader: Reader, text: str, frame: Frame = Frame.FACT) -> Request:
    return reader.read(text, lambda _: Guess(frame, 1.0))


def test_the_longest_phrase_is_found_first_and_by_its_stems() -> None:
    table = PhraseTable([("bee", "one"), ("bee keeping", "two"), ("bees", "three")])
    assert [(f.value, f.first, f.last) for f in table.find(tokens_of("Beekeeping? bee keepings, bee"))] == [
        ("two", 1, 2),
        ("one", 3, 3),
        ("three", 3, 3),
    ]


def test_names_are_read_with_the_words_that_name_them(reader: Reader, small_index: LocalIndex) -> None:
    topic = next(iter(small_index.structure.topics.values()))
    found = read(reader, f"is {topic.name.upper()} needed?").named
    assert found.topics == (topic.id,)
    assert found.topic_names == (topic.name.upper(),)


def test_roadmaps_are_read_by_their_authors(reader: Reader, small_index: LocalIndex) -> None:
    authors = [roadmap.author.split()[-1] for roadmap in small_index.structure.roadmaps.values()]
    request = read(reader, f"do {authors[0]} and {authors[1]} agree?", Frame.COMPARE)
    assert request.named.roadmaps == tuple(small_index.structure.roadmaps)[:2]
    assert request.asks_several
    assert read(reader, f"who besides {authors[0]} recommends mites?", Frame.COMPARE).asks_several
    assert not read(reader, f"does {authors[0]} recommend mites?", Frame.COMPARE).asks_several


def test_what_is_left_out_is_apart_in_sums_and_is_the_subject_elsewhere(
    reader: Reader, small_index: LocalIndex
) -> None:
    topic = next(iter(small_index.structure.topics.values()))
    text = f"everything except {topic.name}, please"
    assert read(reader, text, Frame.SUM).excluded.topics == (topic.id,)
    assert read(reader, text, Frame.SUM).named.topics == ()
    skipping = read(reader, f"can I skip {topic.name}?", Frame.NEED)
    assert skipping.named.topics == (topic.id,)
    assert skipping.is_negated


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("how long do they take together", Operation.SUM),
        ("which takes the least time", Operation.LEAST),
        ("which is the longest", Operation.MOST),
        ("by how many weeks does it differ", Operation.DIFFERENCE),
        ("which has the widest range", Operation.SPREAD),
        ("what is the midpoint", Operation.MIDPOINT),
        ("how much is still to go", Operation.REMAINING),
        ("what is it", None),
    ],
)
def test_operations_are_told_by_their_words(reader: Reader, text: str, operation: Operation | None) -> None:
    assert read(reader, text, Frame.SUM).operation is operation


def test_the_learner_is_read(reader: Reader) -> None:
    request = read(reader, "I'm a backend dev with a full time job, self taught, 8 hours a week for 6 months")
    learner = request.learner
    assert learner.background == (Profile.SOFTWARE_ENGINEER,)
    assert [pace.maximum for pace in request.of(Role.PACE)] == [8]
    assert learner.constraints == ("time", "no-degree")
    assert read(reader, "what is it?").learner == Learner()


def test_words_that_no_slot_took_are_unread(reader: Reader) -> None:
    assert read(reader, "how long does it take to paint a zeppelin?").unread == ("paint", "zeppelin")


def test_a_frame_is_chosen_by_words_pairs_and_vector() -> None:
    import numpy as np

    scores = Scores(
        (Frame.FIND, Frame.NEED),
        np.array([0.0, 0.0], np.float32),
        np.array([[1.0], [-1.0]], np.float32),
        {"need": 0, "do i": 1},
        np.array([[0.0, 2.0], [0.0, 2.0]], np.float32),
    )
    held = features(tokens_of("Do I need it?"), [], lexicon().cues(tokens_of("do i need it")), [])
    by_words = scores.guess(held, None)
    # Two known features form a unit vector: need scores (2 + 2) / sqrt(2), find 0.
    assert by_words.frame is Frame.NEED
    assert by_words.confidence == pytest.approx(1 / (1 + np.exp(-4 / np.sqrt(2))))
    assert scores.guess(held, np.array([9.0], np.float32)).frame is Frame.FIND


def test_words_of_asking_about_a_topic_name_no_resource(small_index: LocalIndex) -> None:
    topic = next(iter(small_index.structure.topics.values()))
    name = topic.name.lower()
    resource = next(iter(small_index.structure.resources.values()))
    table = {
        ("learn", *name.split()): ("resource", resource.id),
        ("mastering", *name.split()): ("resource", resource.id),
    }
    own = Reader(Namer(Names({**read_vocabulary(small_index).names.table, **table}), small_index.structure))
    assert read(own, f"must I learn {name}?").named.resources == ()
    assert read(own, f"must I learn {name}?").named.topics == (topic.id,)
    assert read(own, f"is mastering {name} any good?").named.resources == (resource.id,)


def test_each_phrase_of_the_lexicon_is_a_text_that_stands_once_in_its_group() -> None:
    value = yaml.safe_load((files("assistant.understanding") / LEXICON_FILE).read_text(encoding="utf-8"))
    del value["asking"]
    for group, values in value.items():
        phrases = [phrase for each in values.values() for phrase in each]
        assert all(isinstance(phrase, str) for phrase in phrases), group  # YAML takes a bare `no` for False
        stems = [tuple(token.stem for token in tokens_of(phrase)) for phrase in phrases]
        assert len(stems) == len(set(stems)), group


def test_no_negates_and_words_inside_phrases_are_no_words_of_asking(reader: Reader) -> None:
    assert read(reader, "should I learn no woodwork at all?", Frame.NEED).is_negated
    assert read(reader, "do I need it for a mobile app?").unread == ("mobil", "app")


def test_what_tells_of_the_learner_is_no_figure(reader: Reader) -> None:
    request = read(reader, "with zero knowledge, are 3 months enough?", Frame.SUM)
    assert request.learner.background == (Profile.BEGINNER,)
    assert [quantity.minimum for quantity in request.quantities] == [3]
