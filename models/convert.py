#!/usr/bin/env python3
"""Halves an ONNX model: float32 weights are stored as float16, each followed by a Cast back to float32.

Inputs, outputs and all arithmetic stay float32; ONNX Runtime folds the casts while it loads the model, so a CPU computes
as before with weights rounded to 11 bits. Small constants (biases, scales, anything below 1024 numbers, or --smallest) are left
alone.

    python3 -m venv /tmp/convert && /tmp/convert/bin/pip install onnx==1.19.* onnxruntime==1.26.0 numpy
    /tmp/convert/bin/python models/convert.py SOURCE.onnx models/TARGET.onnx [--smallest N] [--check N,C,H,W]

With --check both files run on the same seeded random input; printed is the largest difference of every output, and the
cosine of the two, and the median time of one run. It ends with the target's size and sha256, as models/manifest.toml wants them.
"""

import argparse
import hashlib
import pathlib
import sys
import time

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SMALLEST = 1024  # numbers; below this a tensor saves nothing worth a node
FLOAT16_MAX = 65504.0


def lift(graph: onnx.GraphProto) -> None:
    """Makes weights that are Constant nodes, as Paddle exports them, initialisers like the others."""
    kept = []
    for node in graph.node:
        value = next((entry.t for entry in node.attribute if entry.name == "value"), None)
        if node.op_type == "Constant" and value is not None and value.data_type == TensorProto.FLOAT:
            graph.initializer.append(numpy_helper.from_array(numpy_helper.to_array(value), node.output[0]))
        else:
            kept.append(node)
    del graph.node[:]
    graph.node.extend(kept)


def halve(model: onnx.ModelProto, smallest: int) -> int:
    """Rewrites the model in place; returns how many tensors were halved. Raises ValueError where a weight does not fit."""
    graph = model.graph
    lift(graph)
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        if values.size < smallest:
            continue
        if not np.isfinite(values).all() or np.abs(values).max() > FLOAT16_MAX:
            raise ValueError(f"weight {tensor.name} does not fit float16")
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + "_f16"))
        casts.append(helper.make_node("Cast", [name + "_f16"], [name], name=name + "_cast", to=TensorProto.FLOAT))
    # A graph's nodes must be in order of use, so the casts come first.
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(casts + nodes)
    # The old names are no longer initialisers, so they must not be listed as inputs or typed values either.
    names = {cast.output[0] for cast in casts}
    for listing in (graph.input, graph.value_info):
        kept = [entry for entry in listing if entry.name not in names]
        del listing[:]
        listing.extend(kept)
    return len(casts)


def check(source: str, target: str, shape: list[int]) -> None:
    """Prints how far the halved model is from the first on one seeded input, and what each takes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    results = []
    picture = np.random.default_rng(7).normal(0.0, 1.0, shape).astype(np.float32)
    for path in (source, target):
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        feed = {session.get_inputs()[0].name: picture}
        outputs = session.run(None, feed)
        taken = []
        for _ in range(15):
            begun = time.perf_counter()
            session.run(None, feed)
            taken.append((time.perf_counter() - begun) * 1000.0)
        results.append(dict(zip([output.name for output in session.get_outputs()], outputs)))
        print(f"{path}: {sorted(taken)[len(taken) // 2]:.1f} ms, median of {len(taken)}, 1 thread")
    for name, before in results[0].items():
        after = results[1][name]
        cosine = float((before * after).sum() / (np.linalg.norm(before) * np.linalg.norm(after)))
        print(f"  {name} {list(before.shape)}: largest difference {np.abs(before - after).max():.5f} "
              f"of {np.abs(before).max():.3f}, cosine {cosine:.7f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--smallest", type=int, default=SMALLEST, help="numbers a tensor must have to be halved")
    parser.add_argument("--check", metavar="N,C,H,W")
    arguments = parser.parse_args()
    model = onnx.load(arguments.source)
    count = halve(model, arguments.smallest)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    pathlib.Path(arguments.target).write_bytes(data)
    if arguments.check:
        check(arguments.source, arguments.target, [int(side) for side in arguments.check.split(",")])
    print(f"{arguments.target}: {count} tensors halved, {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
