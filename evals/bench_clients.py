"""Many clients at once against one, over a real server: answers a second, latencies, and memory."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numpy as np

from evals.bench_start import a_server
from evals.bench_timing import BenchError, Measured, Row, resident_mib
from evals.dataset import default_dataset, read_dataset

CLIENTS = 16
ANSWERS = 320  # a repeat, by either; warmed up with as many before


def measure(repeats: int) -> list[Row]:
    """Ask with one client and with sixteen in turn; medians and 95th percentiles in milliseconds."""
    questions = [question.question for question in read_dataset(default_dataset())]
    one_rate, many_rate, one_median, many_p95, memory = [], [], [], [], []
    with a_server() as server:
        _ask(server.port, questions, CLIENTS)
        for _ in range(repeats):
            rate, latencies = _ask(server.port, questions, 1)
            one_rate.append(rate)
            one_median.append(median(latencies))
            rate, latencies = _ask(server.port, questions, CLIENTS)
            many_rate.append(rate)
            many_p95.append(float(np.percentile(latencies, 95)))
            memory.append(resident_mib(server.pid))
    one = Measured("one client", "/s", tuple(one_rate))
    alone = Measured("one client, median", "ms", tuple(one_median))
    first = Measured("after the first repeat", "MiB", tuple(memory[:1]))
    return [
        Row(Measured(f"answers of {CLIENTS} clients", "/s", tuple(many_rate)), one),
        Row(Measured(f"95th percentile of {CLIENTS} clients", "ms", tuple(many_p95)), alone),
        Row(Measured("memory after the last", "MiB", tuple(memory[-1:])), first),
    ]


def _ask(port: int, questions: list[str], clients: int) -> tuple[float, list[float]]:
    """Answers a second, and each answer's milliseconds. Raises BenchError for what is no answer."""
    latencies: list[float] = []

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for step in range(ANSWERS // clients):
            body = json.dumps({"question": questions[(step * clients + number) % len(questions)]})
            begin = time.perf_counter()
            connection.request("POST", "/v1/answer", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
            if response.status != http.client.OK:
                raise BenchError(f"the server answered {response.status}: {answer[:200]!r}")
            latencies.append((time.perf_counter() - begin) * 1000)
        connection.close()

    begin = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, range(clients)))  # hands on what one of them raises
    return len(latencies) / (time.perf_counter() - begin), latencies
