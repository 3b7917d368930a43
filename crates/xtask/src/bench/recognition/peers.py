"""Peers of the recognition bench: peers.py WHAT MODELS ROUNDS [PATH ...]. Prints one line of JSON."""
import csv
import json
import os
import resource
import sys
import time

import numpy as np

EMBEDDER, DETECTOR = "efficientnet_lite2_multi.onnx", "nanodet_g_416.onnx"
THREADS = 2


def session(models, name):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    return onnxruntime.InferenceSession(os.path.join(models, name), options, providers=["CPUExecutionProvider"])


def timed(rounds, work):
    for _ in range(5):
        work()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    return {"p50_ms": times[len(times) // 2], "p95_ms": times[int(len(times) * 0.95)], "n": len(times)}


def frame(models, rounds):
    """Detector once and embedder on three crops, on tensors that are there already."""
    detector, embedder = session(models, DETECTOR), session(models, EMBEDDER)
    random = np.random.default_rng(1)
    whole = random.standard_normal((1, 3, 416, 416), dtype=np.float32)
    crops = random.standard_normal((3, 3, 288, 288), dtype=np.float32)

    def work():
        detector.run(None, {detector.get_inputs()[0].name: whole})
        embedder.run(None, {embedder.get_inputs()[0].name: crops})

    found = timed(rounds, work)
    found["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return found


def tensor(_models, rounds):
    """A full-HD picture to the detector's tensor."""
    from PIL import Image

    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (1080, 1920, 3), dtype=np.uint8))
    mean = np.array([103.53, 116.28, 123.675], np.float32)
    scale = np.array([57.375, 57.12, 58.395], np.float32)

    def work():
        small = np.asarray(picture.resize((416, 234), Image.BILINEAR), np.float32)[:, :, ::-1]
        whole = np.zeros((416, 416, 3), np.float32)
        whole[91:325] = small
        return np.ascontiguousarray(((whole - mean) / scale).transpose(2, 0, 1))[None]

    return timed(rounds, work)


def vectors(count, width):
    rows = np.random.default_rng(1).standard_normal((count, width), dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def faiss_flat(_models, rounds):
    import faiss

    faiss.omp_set_num_threads(1)
    rows = vectors(5000, 3312)
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    return timed(rounds, lambda: index.search(rows[17:18], 5))


def hnsw(_models, rounds):
    import hnswlib

    rows = vectors(5000, 3312)
    index = hnswlib.Index(space="ip", dim=rows.shape[1])
    index.init_index(max_elements=len(rows), ef_construction=100, M=16)
    index.add_items(rows)
    index.set_num_threads(1)
    index.set_ef(64)
    return timed(rounds, lambda: index.knn_query(rows[17:18], k=5))


def resident_mb():
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) * 1024 / 1e6


def in_catalogue(folder, rounds, build, prepare=None):
    """Searches products.f32 for each row of asked.f32, one at a time, in one thread. `build` gives a function of one row."""
    width = 3312
    rows = np.memmap(os.path.join(folder, "products.f32"), np.float32, "r").reshape(-1, width)
    asked = np.fromfile(os.path.join(folder, "asked.f32"), np.float32).reshape(-1, width)
    answers = np.fromfile(os.path.join(folder, "answers.i64"), np.int64)
    ready = prepare(rows) if prepare else None
    before, begun = resident_mb(), time.perf_counter()
    search = build(rows, ready)
    build_s, resident = time.perf_counter() - begun, resident_mb() - before
    turn = iter(range(10**9))
    found = timed(rounds, lambda: search(asked[next(turn) % len(asked)][None]))
    best = np.array([search(row[None]) for row in asked])
    exact = os.path.join(folder, "exact.npy")
    if not os.path.exists(exact):
        np.save(exact, best)
    found.update(
        hit_at_1=float(np.mean(best == np.load(exact))),
        right_at_1=float(np.mean(best == answers)),
        memory_mb=resident,
        build_s=build_s,
        products=len(rows),
        asked=len(asked),
    )
    return found


def added(index, rows):
    # In parts, each copied: what is read of the file by mapping it would count as memory of the index.
    for start in range(0, len(rows), 2000):
        index.add(np.fromfile(rows.filename, np.float32, min(2000, len(rows) - start) * rows.shape[1],
                              offset=start * rows.shape[1] * 4).reshape(-1, rows.shape[1]))
    return index


def catalogue_exact(_models, rounds, folder):
    import faiss

    def build(rows, _):
        index = added(faiss.IndexFlatIP(rows.shape[1]), rows)
        faiss.omp_set_num_threads(1)
        return lambda row: int(index.search(row, 4)[1][0][0])

    return in_catalogue(folder, rounds, build)


def catalogue_small(_models, rounds, folder):
    """faiss at the same number of bytes: the 512 main axes, a byte each. All looks are as long, so nearest is most alike."""
    import faiss

    def train(rows):
        index = faiss.index_factory(rows.shape[1], "PCA512,SQ8", faiss.METRIC_L2)
        index.train(np.ascontiguousarray(rows[:: len(rows) // 2000]))
        return index

    def build(rows, index):
        added(index, rows)
        faiss.omp_set_num_threads(1)
        return lambda row: int(index.search(row, 4)[1][0][0])

    return in_catalogue(folder, rounds, build, train)


def catalogue_graph(_models, rounds, folder):
    """A graph of the 512 main axes: of whole looks it would take 1.4 GB, and most of an hour to build."""
    import faiss
    import hnswlib

    def train(rows):
        axes = faiss.PCAMatrix(rows.shape[1], 512)
        axes.train(np.ascontiguousarray(rows[:: len(rows) // 2000]))
        return axes

    class Graph:
        def __init__(self, axes, count):
            self.axes, self.index = axes, hnswlib.Index(space="l2", dim=512)
            self.index.init_index(max_elements=count, ef_construction=100, M=16)
            self.index.set_num_threads(THREADS)

        def add(self, rows):
            self.index.add_items(self.axes.apply(rows))

    def build(rows, axes):
        index = added(Graph(axes, len(rows)), rows).index
        faiss.omp_set_num_threads(1)
        index.set_num_threads(1)
        index.set_ef(64)
        return lambda row: int(index.knn_query(axes.apply(row), k=4)[0][0][0])

    return in_catalogue(folder, rounds, build, train)


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def plain(models, _rounds, catalogue, pictures):
    """Nearest neighbour on averaged features, one vector a photo."""
    from PIL import Image, ImageOps

    embedder = session(models, EMBEDDER)

    def look(path):
        picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB").resize((288, 288), Image.BILINEAR)
        data = (np.asarray(picture, np.float32).transpose(2, 0, 1)[None] - 127) / 128
        vector = embedder.run(["gap"], {embedder.get_inputs()[0].name: data})[0][0]
        return vector / np.linalg.norm(vector)

    folder = os.path.dirname(catalogue)
    known = [(row["sku"], os.path.join(folder, photo)) for row in rows_of(catalogue) for photo in row["images"].split(";")]
    skus, photos = [sku for sku, _ in known], np.stack([look(path) for _, path in known])
    asked = [row for row in rows_of(pictures) if row["sku"].strip()]
    right = sum(skus[int(np.argmax(photos @ look(row["path"])))] == row["sku"].strip() for row in asked)
    return {"first": right / max(len(asked), 1)}


WORK = {
    "frame": frame,
    "tensor": tensor,
    "faiss": faiss_flat,
    "hnswlib": hnsw,
    "plain": plain,
    "catalogue-exact": catalogue_exact,
    "catalogue-small": catalogue_small,
    "catalogue-graph": catalogue_graph,
}
what, models, rounds, *paths = sys.argv[1:]
print(json.dumps(WORK[what](models, int(rounds), *paths)))
