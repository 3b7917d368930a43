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


WORK = {"frame": frame, "tensor": tensor, "faiss": faiss_flat, "hnswlib": hnsw, "plain": plain}
what, models, rounds, *paths = sys.argv[1:]
print(json.dumps(WORK[what](models, int(rounds), *paths)))
