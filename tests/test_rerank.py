"""The optional rerank: real tiny cross-encoders order real hits, and what is none is refused with the remedy."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from assistant import show
from assistant.chain import AnswerChain
from assistant.doctor import Finding, examine
from assistant.records import Question
from assistant.rerank import MAX_TOKENS, CrossEncoderReranker
from assistant.retrieval import RERANKED, Retrieved, ordered
from assistant.runnable import document_of
from assistant.settings import Settings
from assistant.wiring import Service, make_chain, make_reranker
from evals.ablations import PRODUCT, measure
from evals.ablations import RERANKED as RERANKED_ROW
from evals.dataset import EvalQuestion
from ingest.encoder import SentenceEncoder
from ingest.entries import heading_label
from ingest.errors import ModelError
from ingest.index import LocalIndex
from ingest.text import plain
from ingest.weights import BUNDLED_MODEL, model_folder
from tests.fakes import WordsEncoder, library_of
from tests.serving import served

ASKED = "Which course teaches linear algebra?"
WEEKS = "How many weeks does the ML fundamentals module take?"
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,:>"
VOCABULARY = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *CHARACTERS, *(f"##{c}" for c in CHARACTERS))
READS = 64  # tokens of a pair, here letters


def make_cross_encoder(folder: Path, num_labels: int = 1, seed: int = 0, reads: int = READS) -> Path:
    """A cross-encoder of two random layers that reads letters."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    special = {f"{name.lower()}_token": f"[{name}]" for name in ("PAD", "UNK", "CLS", "SEP", "MASK")}
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=reads,
        initializer_range=0.5,
        num_labels=num_labels,  # type: ignore[call-arg]  # of every configuration
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=reads, **special)  # type: ignore[no-untyped-call]
    fast.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_cross_encoder(tmp_path_factory.mktemp("rerank") / "model")


@pytest.fixture(scope="module")
def reranker(folder: Path) -> CrossEncoderReranker:
    return CrossEncoderReranker(str(folder))


class LengthReranker:
    """Scores a text by minus its length, so that the shortest comes first; `asked` has what it was given."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def scores(self, question: str, texts: list[str]) -> list[float]:
        self.asked.append((question, texts))
        return [-float(len(text)) for text in texts]


def whole_text(index: LocalIndex, passage_id: str) -> str:
    """The headings and the text of a passage."""
    passage = index.passages[passage_id]
    return f"{heading_label(index.sources[passage.source_id], passage)}: {plain(passage.text)}"


def ids(found: Retrieved) -> list[str]:
    return [hit.passage.passage_id for hit in found.hits]


def find(chain: AnswerChain, limit: int = 30, asked: str = ASKED) -> Retrieved:
    return chain.retriever.retrieve(chain.understand(Question(asked)), limit)


def test_names_are_ordered_by_score_and_equals_keep_their_order() -> None:
    assert ordered(["a", "b", "c", "d"], [0.1, 3.0, -2.0, 3.0]) == ["b", "d", "a", "c"]
    assert ordered([], []) == []
    with pytest.raises(ValueError, match="zip"):
        ordered(["a", "b"], [1.0])


def test_the_first_passages_are_ordered_by_the_scores_and_those_behind_them_stay(
    chain: AnswerChain, built_index: LocalIndex, encoder: SentenceEncoder
) -> None:
    shortest = LengthReranker()
    before, after = find(chain), find(make_chain(built_index, encoder, reranker=shortest))
    texts = {name: whole_text(built_index, name) for name in ids(before)}
    assert ids(after)[:RERANKED] == sorted(ids(before)[:RERANKED], key=lambda name: len(texts[name]))
    assert ids(after)[:RERANKED] != ids(before)[:RERANKED]
    assert ids(after)[RERANKED:] == ids(before)[RERANKED:]
    assert len(ids(after)) == 30
    assert shortest.asked == [(ASKED, [texts[name] for name in ids(before)[:RERANKED]])]
    assert "Linear Algebra" in " ".join(shortest.asked[0][1]), "headings are read too"


def test_each_place_keeps_its_fused_score_and_each_passage_its_legs(
    chain: AnswerChain, built_index: LocalIndex, encoder: SentenceEncoder
) -> None:
    before, after = find(chain), find(make_chain(built_index, encoder, reranker=LengthReranker()))
    scores = [hit.score for hit in after.hits]
    assert scores == [hit.score for hit in before.hits]
    assert scores == sorted(scores, reverse=True)
    assert [hit.rank for hit in after.hits] == list(range(1, 31))
    assert [hit.rerank_rank for hit in after.hits] == [*range(1, RERANKED + 1), *[None] * (30 - RERANKED)]
    assert {hit.rerank_rank for hit in before.hits} == {None}
    was = {hit.passage.passage_id: hit for hit in before.hits}
    for hit in after.hits:
        same = was[hit.passage.passage_id]
        assert (hit.dense_rank, hit.lexical_rank, hit.similarity) == (
            same.dense_rank,
            same.lexical_rank,
            same.similarity,
        )


def test_a_passage_has_the_same_place_however_many_are_asked_for(
    built_index: LocalIndex, encoder: SentenceEncoder
) -> None:
    reranking = make_chain(built_index, encoder, reranker=LengthReranker())
    assert ids(find(reranking, limit=5)) == ids(find(reranking, limit=30))[:5]


def test_nothing_found_is_nothing_to_rerank(built_index: LocalIndex, encoder: SentenceEncoder) -> None:
    from ingest.index import Scope

    shortest = LengthReranker()
    reranking = make_chain(built_index, encoder, reranker=shortest)
    understood = reranking.understand(Question(ASKED))
    assert reranking.retriever.retrieve(understood, 10, Scope(sources=())).hits == ()
    assert shortest.asked == []


def test_a_cross_encoder_orders_the_hits_by_its_own_scores(
    chain: AnswerChain, built_index: LocalIndex, encoder: SentenceEncoder, folder: Path, reranker: CrossEncoderReranker
) -> None:
    from sentence_transformers import CrossEncoder

    before, after = find(chain), find(make_chain(built_index, encoder, reranker=reranker))
    first = ids(before)[:RERANKED]
    model = CrossEncoder(str(folder), device="cpu", local_files_only=True)
    scores = model.predict([(ASKED, whole_text(built_index, name)) for name in first], show_progress_bar=False)
    expected = [name for _, name in sorted(zip(scores, first, strict=True), key=lambda pair: -pair[0])]
    assert ids(after)[:RERANKED] == expected
    assert expected != first
    assert ids(after)[RERANKED:] == ids(before)[RERANKED:]
    assert [hit.rerank_rank for hit in after.hits][:RERANKED] == list(range(1, RERANKED + 1))


def test_other_weights_give_another_order(
    built_index: LocalIndex, encoder: SentenceEncoder, reranker: CrossEncoderReranker, tmp_path: Path
) -> None:
    other = CrossEncoderReranker(str(make_cross_encoder(tmp_path / "other", seed=7)))
    orders = [ids(find(make_chain(built_index, encoder, reranker=each))) for each in (reranker, other)]
    assert orders[0] != orders[1]
    assert set(orders[0]) == set(orders[1])


def test_the_scores_of_a_question_are_always_the_same(folder: Path, reranker: CrossEncoderReranker) -> None:
    texts = [f"step {n}: learn python for {n} weeks" for n in range(RERANKED)]
    expected = reranker.scores(ASKED, texts)
    assert len(set(expected)) > 1
    assert reranker.scores(ASKED, texts) == expected
    assert CrossEncoderReranker(str(folder)).scores(ASKED, texts) == expected
    assert reranker.scores(ASKED, []) == []


def test_many_questions_at_once_get_the_scores_of_one_alone(folder: Path) -> None:
    fresh = CrossEncoderReranker(str(folder))
    batches = [[f"text {n} of {k} about python" for n in range(k)] for k in range(1, 33)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda texts: fresh.scores(ASKED, texts), batches))
    assert found == [fresh.scores(ASKED, texts) for texts in batches]


def test_a_pair_is_cut_to_what_the_model_reads(reranker: CrossEncoderReranker) -> None:
    short, cut, longer = reranker.scores("why", ["a" * 10, "ab " * READS, "ab " * READS + "z " * 5000])
    assert cut == pytest.approx(longer, abs=1e-5)
    assert short != pytest.approx(cut, abs=1e-3)


def test_a_model_that_reads_much_reads_a_bounded_part_of_a_pair(tmp_path: Path) -> None:
    patient = CrossEncoderReranker(str(make_cross_encoder(tmp_path / "model", reads=4 * MAX_TOKENS)))
    start = "a " * MAX_TOKENS
    one, other = patient.scores("why", [start, start + "z " * MAX_TOKENS])
    assert one == pytest.approx(other, abs=1e-5)


def test_scores_that_a_sigmoid_would_make_equal_still_differ(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    sure = shutil.copytree(folder, tmp_path / "sure")
    weights = load_file(sure / "model.safetensors")
    weights["classifier.bias"] += 1000
    save_file(weights, sure / "model.safetensors", {"format": "pt"})
    assert len(set(CrossEncoderReranker(str(sure)).scores(ASKED, ["one", "two words", "three of them"]))) == 3


def test_a_cross_encoder_saved_by_its_own_library_is_taken_too(folder: Path, tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder

    saved = tmp_path / "saved"
    CrossEncoder(str(folder), device="cpu", local_files_only=True).save(str(saved))
    assert (saved / "modules.json").is_file()
    texts = ["one", "two words"]
    assert CrossEncoderReranker(str(saved)).scores(ASKED, texts) == CrossEncoderReranker(str(folder)).scores(
        ASKED, texts
    )


def two_labels(place: Path) -> Path:
    return make_cross_encoder(place, num_labels=2)


def embedding_model(_place: Path) -> Path:
    bundled = model_folder(BUNDLED_MODEL)
    assert bundled is not None
    return bundled


def without_its_head(place: Path) -> Path:
    """What is left when the layers below the head are saved alone."""
    from transformers import BertForSequenceClassification

    whole = make_cross_encoder(place)
    BertForSequenceClassification.from_pretrained(whole).bert.save_pretrained(whole)
    return whole


def words_lost(place: Path) -> Path:
    """The library gives such a tokenizer five words, and says nothing."""
    whole = make_cross_encoder(place)
    (whole / "tokenizer.json").unlink()
    (whole / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
    return whole


def not_numbers(place: Path) -> Path:
    from safetensors.torch import load_file, save_file

    whole = make_cross_encoder(place)
    weights = load_file(whole / "model.safetensors")
    weights["classifier.bias"] += float("nan")
    save_file(weights, whole / "model.safetensors", {"format": "pt"})
    return whole


def without(name: str) -> Callable[[Path], Path]:
    def make(place: Path) -> Path:
        whole = make_cross_encoder(place)
        (whole / name).unlink()
        return whole

    return make


def cut(name: str) -> Callable[[Path], Path]:
    def make(place: Path) -> Path:
        whole = make_cross_encoder(place)
        (whole / name).write_bytes((whole / name).read_bytes()[:50])
        return whole

    return make


REFUSED: dict[str, tuple[Callable[[Path], Path | str], str]] = {
    "no folder": (lambda place: place / "nowhere", "is no folder here"),
    "a name with a dot": (lambda _place: "./nowhere", "is no folder here"),
    "an empty folder": (lambda place: place.parent, "has no config.json"),
    "an unknown name": (lambda _place: "no-such-owner/no-such-model", "cannot be loaded"),
    "an embedding model": (embedding_model, "is not a cross-encoder with one score"),
    "two labels": (two_labels, "is not a cross-encoder with one score"),
    "no head": (without_its_head, "is not a cross-encoder with one score"),
    "no words": (words_lost, "has no vocabulary"),
    "no numbers": (not_numbers, "gives scores that are no numbers"),
    "no weights": (without("model.safetensors"), "cannot be loaded"),
    "no configuration": (without("config.json"), "has no config.json"),
    "no tokenizer": (without("tokenizer.json"), "cannot be loaded"),
    "no tokenizer's settings": (without("tokenizer_config.json"), "has no tokenizer_config.json"),
    "cut weights": (cut("model.safetensors"), "cannot be loaded"),
    "cut tokenizer": (cut("tokenizer.json"), "cannot be loaded"),
    "cut configuration": (cut("config.json"), "cannot be loaded"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_whole_cross_encoder_is_refused_with_the_remedy(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make, told = REFUSED[kind]
    model = str(make(tmp_path / "model"))
    capfd.readouterr()
    with pytest.raises(ModelError, match=f"^the rerank model {re.escape(repr(model))} {told}") as refused:
        CrossEncoderReranker(model).scores(ASKED, ["text"])
    cause, _, remedy = str(refused.value).partition(": ")
    assert cause.endswith((told, "Error)"))
    assert "correct ROADMAP_RERANK_MODEL, or unset it" in remedy
    assert capfd.readouterr().err == ""


class Hub(BaseHTTPRequestHandler):
    """A hub that holds nothing, and keeps what it was asked for."""

    asked: list[str] = []  # noqa: RUF012 - of the class, since each request has an instance

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


LOAD = """
import sys
from assistant.rerank import CrossEncoderReranker
from ingest.encoder import SentenceEncoder
from ingest.errors import ModelError
SentenceEncoder(allow_download=True).encode(["text"])
try:
    CrossEncoderReranker("owner/model", allow_download=sys.argv[1] == "yes").load()
except ModelError as error:
    print(error)
"""


@pytest.mark.parametrize("allowed", ["yes", "no"])
def test_the_hub_is_asked_for_a_name_when_downloads_are_allowed_and_else_never(allowed: str, tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Hub) as server:
        Hub.asked.clear()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        kept = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
        environment = {**kept, "HF_ENDPOINT": address, "HF_HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", LOAD, allowed], env=environment, capture_output=True, text=True, check=False
        )
        server.shutdown()
    assert "the rerank model 'owner/model' cannot be loaded" in done.stdout, done.stderr
    assert any("owner/model" in path for path in Hub.asked) == (allowed == "yes")


def test_without_the_setting_there_is_no_reranker_and_nothing_of_it_is_loaded() -> None:
    assert make_reranker(Settings.load()) is None
    assert make_reranker(Settings.load(rerank_model="")) is None
    code = (
        "import sys; from assistant.settings import Settings; from assistant.wiring import Service, make_reranker\n"
        "import assistant.rerank; Service(Settings.load()); make_reranker(Settings.load(rerank_model='/no/such'))\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'sentence_transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_the_setting_a_question_loads_no_cross_encoder(chain: AnswerChain) -> None:
    assert chain.retriever.reranker is None
    assert {c.rerank_rank for c in chain.invoke(WEEKS).considered} == {None}


@pytest.fixture(scope="module")
def service(data_dir: Path, folder: Path) -> Service:
    return Service(Settings.load(data_dir=data_dir, rerank_model=str(folder)))


def test_the_whole_service_answers_with_it(service: Service, chain: AnswerChain) -> None:
    service.warm_up()
    assert service.ready() is service.chain.index
    trace = service.chain.trace(Question(WEEKS))
    assert [hit.rerank_rank for hit in trace.found.hits] == list(range(1, len(trace.found.hits) + 1))
    assert [hit.score for hit in trace.found.hits] == [h.score for h in chain.trace(Question(WEEKS)).found.hits]
    chances = [sentence.score for sentence in trace.sentences]
    assert chances == sorted(chances, reverse=True)
    answer = service.chain.invoke(WEEKS)
    assert answer == replace(service.chain.invoke(WEEKS), timings_ms=answer.timings_ms)
    assert answer.considered
    assert all(c.rerank_rank == c.rank for c in answer.considered)
    for citation in answer.citations:
        text = service.chain.index.sources[citation.source_id].text
        assert text[citation.start : citation.end] == citation.quote


def test_a_search_and_why_show_the_rank_and_say_nothing_of_it_without_one(service: Service, chain: AnswerChain) -> None:
    found = service.search(Question(ASKED), 25)
    assert [result["rerank_rank"] for result in found["results"]] == [*range(1, RERANKED + 1), *[None] * 5]
    hit = service.chain.trace(Question(ASKED)).found.hits[0]
    assert document_of(hit).metadata["rerank_rank"] == 1
    shown = []
    for each in (service.chain, chain):
        console = Console(width=200, file=io.StringIO(), record=True)
        show.why(console, each.trace(Question(ASKED)), each.calibration.threshold)
        shown.append(console.export_text())
    assert "rerank" in shown[0]
    assert "rerank" not in shown[1]


def test_the_server_is_ready_with_it_and_not_with_a_wrong_one(data_dir: Path, folder: Path) -> None:
    with served(data_dir, rerank_model=str(folder)) as address:
        assert httpx.get(f"{address}/readyz").status_code == 200
        found = httpx.get(f"{address}/v1/search", params={"q": ASKED, "k": 3}).json()["results"]
        assert [result["rerank_rank"] for result in found] == [1, 2, 3]
    with served(data_dir, rerank_model=str(model_folder(BUNDLED_MODEL))) as address:
        assert httpx.get(f"{address}/healthz").status_code == 200
        refused = httpx.get(f"{address}/readyz")
        assert refused.status_code == 503
        assert refused.json()["detail"].startswith("a model that search needs is not available: ")
        assert "roadmap doctor" in refused.json()["detail"]


def finding(monkeypatch: pytest.MonkeyPatch, model: str | None) -> Finding:
    """What the doctor says of the rerank model."""
    if model is None:
        monkeypatch.delenv("ROADMAP_RERANK_MODEL", raising=False)
    else:
        monkeypatch.setenv("ROADMAP_RERANK_MODEL", model)
    [found] = [each for each in examine() if each.what == "rerank model"]
    return found


def test_the_doctor_tells_off_loaded_or_the_fault_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Path
) -> None:
    monkeypatch.setenv("ROADMAP_DATA_DIR", str(tmp_path))
    assert finding(monkeypatch, None) == Finding("rerank model", True, "off")
    assert finding(monkeypatch, str(folder)) == Finding("rerank model", True, f"{folder}, loaded")
    wrong = finding(monkeypatch, "/no/such/folder")
    assert (wrong.is_well, wrong.state) == (False, "the rerank model '/no/such/folder' is no folder here")
    assert "ROADMAP_RERANK_MODEL" in wrong.remedy


def test_the_ablation_has_a_row_for_it_when_it_is_set_and_none_otherwise() -> None:
    pages = {
        "long": "# Long\n\nLearn python first, for a first project, and python again, for it is what most teams use.\n",
        "short": "# Short\n\nA python book.\n",
    }
    question = EvalQuestion.model_validate(
        {
            "id": "fact-1",
            "type": "fact",
            "question": "python first project?",
            "answerable": True,
            "judgements": {"long#overview": 3},
            "nuggets": [["python"]],
        }
    )
    without, *_ = measure(library_of(pages), WordsEncoder(), [question])
    runs, *_ = measure(library_of(pages), WordsEncoder(), [question], reranker=LengthReranker())
    assert set(runs) - set(without) == {RERANKED_ROW}
    assert list(runs[PRODUCT]["fact-1"]) == list(without[PRODUCT]["fact-1"]) == ["long#overview", "short#overview"]
    assert list(runs[RERANKED_ROW]["fact-1"]) == ["short#overview", "long#overview"]
