#!/usr/bin/env python3
"""Writes small models for crates/vision/tests/detectors.rs to load: for each family a model.onnx and its manifest.toml.

    python3 -m venv /tmp/constant && /tmp/constant/bin/pip install onnx numpy
    /tmp/constant/bin/python models/constant_detectors.py

They know nothing: their boxes are constants given in pixels of a frame of 1280x720, and two scores are numbers of the input
itself, which show what the picture looked like in it.
"""

import hashlib
import math
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "crates/vision/tests/detectors"
WIDE, HIGH = 96, 64  # the input; not a square, so that exchanged sides are seen
FRAME = (1280, 720)
STRIDES = (8, 16, 32)
CELLS = sum((WIDE // stride) * (HIGH // stride) for stride in STRIDES)
LABELS = ("person", "cup", "box")
QUERIES = 48

# Left, top, width, height in the frame, and class. The scores of the third and fourth are numbers of the input.
PERSON, ASIDE, BROAD, SQUARE = (800, 40, 240, 640), (80, 60, 320, 240), (400, 240, 480, 240), (480, 200, 320, 320)
BOXES = ((PERSON, 0), (ASIDE, 1), (BROAD, 1), (SQUARE, 2))
SURE = 0.9


def at(channel: int, x: int, y: int) -> int:
    """A number of the input, flat."""
    return (channel * HIGH + y) * WIDE + x


def letterboxed(box, top: int) -> tuple:
    """Middle and size in the input, the picture being 96x54 from this line on."""
    scale = FRAME[0] / WIDE
    left, upper, width, height = (side / scale for side in box)
    return left + width / 2, upper + height / 2 + top, width, height


def stretched(box) -> tuple:
    """Middle and size as shares."""
    left, upper, width, height = (side / FRAME[axis % 2] for axis, side in enumerate(box))
    return left + width / 2, upper + height / 2, width, height


def yolox_rows() -> tuple:
    """Each box in the cell of the middle level that its middle lies in, or one beside it; and where its own score stands.

    The picture is at the top."""
    rows = np.zeros((CELLS, 5 + len(LABELS)), np.float32)
    stride, columns = 16, WIDE // 16
    first = (WIDE // 8) * (HIGH // 8)
    taken, places = set(), []
    for box, label in BOXES:
        x, y, width, height = letterboxed(box, 0)
        column, row = int(x // stride), int(y // stride)
        while (column, row) in taken:
            column += 1
        taken.add((column, row))
        cell = [x / stride - column, y / stride - row, math.log(width / stride), math.log(height / stride), 1.0, 0.0, 0.0, 0.0]
        cell[5 + label] = SURE
        rows[first + row * columns + column] = cell
        places.append((first + row * columns + column) * len(cell) + 5 + label)
    return rows, places


def yolov8_columns() -> np.ndarray:
    """The picture lies from the fifth line on."""
    columns = np.zeros((4 + len(LABELS), CELLS), np.float32)
    for index, (box, label) in enumerate(BOXES):
        columns[:4, 10 + index] = letterboxed(box, 5)
        columns[4 + label, 10 + index] = SURE
    return columns


def queries(classes: int, shares: list, nothing: bool) -> tuple:
    logits = np.full((QUERIES, classes), -20.0, np.float32)
    boxes = np.full((QUERIES, 4), 0.5, np.float32)
    if nothing:
        logits[:, -1] = 0.0
    for index, ((_, label), share) in enumerate(zip(BOXES, shares)):
        boxes[index] = share
        logits[index, label] = 2.0
    return logits, boxes


def model(path: pathlib.Path, outputs: dict, probes: list, free: bool, mask: bool = False) -> bytes:
    """An ONNX file: constant outputs, into the first of which numbers of the input are put.

    probes: (place in the first output, place in the input, factor). free: neither input nor output say their sides."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def constant(name: str, value, kind) -> str:
        tensors.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    tensors, nodes, infos = [], [], []
    image = ["n", 3, "h", "w"] if free else [1, 3, HIGH, WIDE]
    inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, image)]
    if mask:
        inputs.append(helper.make_tensor_value_info("pixel_mask", TensorProto.INT64, [1, HIGH, WIDE]))
    (first, base), *others = outputs.items()
    slots, places, factors = zip(*probes)
    nodes += [
        helper.make_node("Reshape", ["images", constant("flat", [-1], np.int64)], ["numbers"]),
        helper.make_node("Gather", ["numbers", constant("places", places, np.int64)], ["picked"]),
        helper.make_node("Mul", ["picked", constant("factors", factors, np.float32)], ["scores"]),
        helper.make_node(
            "ScatterElements", [constant("base", base.flatten(), np.float32), constant("slots", slots, np.int64), "scores"], ["filled"], axis=0),
    ]
    shape = constant("shape", [1, *base.shape], np.int64)
    if free:
        # Times the number of pictures, so that the runtime can't know it before.
        nodes += [
            helper.make_node("Shape", ["images"], ["sides"]),
            helper.make_node("Gather", ["sides", constant("batch", [0], np.int64)], ["count"]),
            helper.make_node("Concat", ["count", constant("ones", [1, 1], np.int64)], ["times"], axis=0),
            helper.make_node("Mul", [shape, "times"], ["whole"]),
        ]
        shape = "whole"
    nodes.append(helper.make_node("Reshape", ["filled", shape], [first]))
    infos.append(helper.make_tensor_value_info(first, TensorProto.FLOAT, ["n", "rows", "cells"] if free else [1, *base.shape]))
    for name, value in others:
        nodes.append(helper.make_node("Identity", [constant(name + "_constant", value[None], np.float32)], [name]))
        infos.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, *value.shape]))
    graph = helper.make_graph(nodes, path.parent.name, inputs, infos, tensors)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = made.SerializeToString()
    path.write_bytes(data)
    print(f"{path.relative_to(FOLDER)}: {len(data)} bytes")
    return data


def manifest(name: str, family: str, data: bytes, more: str, image: str, outputs: list) -> None:
    labels = ", ".join(f'"{label}"' for label in LABELS)
    listed = "".join(f'\n[[model.{name}.outputs]]\nname = "{output}"\nshape = {shape}\n' for output, shape in outputs)
    (FOLDER / name / "manifest.toml").write_text(f"""# Written by models/constant_detectors.py.
version = 1

[roles]
detector = "{name}"

[model.{name}]
family = "{family}"
file = "model.onnx"
bytes = {len(data)}
sha256 = "{hashlib.sha256(data).hexdigest()}"
licence = "MIT OR Apache-2.0"
source = "made here"
obtained = "models/constant_detectors.py"
labels = [{labels}]
context = ["person"]
{more}
[[model.{name}.inputs]]
name = "images"
{image}{listed}""")


def main() -> None:
    file = "model.onnx"
    columns = 5 + len(LABELS)
    rows, places = yolox_rows()
    # The first channel is blue: at the top, where the picture is, and below it.
    data = model(FOLDER / "yolox" / file, {"output": rows},
                 [(places[2], at(0, 48, 2), 1 / 255), (places[3], at(0, 48, 60), 1 / 255)], free=False)
    manifest("yolox", "yolox", data, "strides = [8, 16, 32]\n",
             f'shape = [1, 3, {HIGH}, {WIDE}]\ncolours = "bgr"\nfit = "letterbox"\nplace = "top_left"\npad = [114, 114, 114]\n',
             [("output", f"[1, {CELLS}, {columns}]")])

    # The first channel is red: in the middle, and above the picture.
    data = model(FOLDER / "yolov8" / file, {"output0": yolov8_columns()},
                 [(5 * CELLS + 12, at(0, 48, 32), 1.0), (6 * CELLS + 13, at(0, 48, 2), 1.0)], free=True)
    manifest("yolov8", "yolov8", data, "",
             f'shape = ["n", 3, "h", "w"]\nuse = [{HIGH}, {WIDE}]\nscale = [255, 255, 255]\nfit = "letterbox"\npad = [114, 114, 114]\n',
             [("output0", f"[1, {4 + len(LABELS)}, {CELLS}]")])

    normal = "mean = [123.675, 116.28, 103.53]\nscale = [58.395, 57.12, 57.375]\n"
    logits, boxes = queries(len(LABELS) + 1, [stretched(box) for box, _ in BOXES], nothing=True)
    width = len(LABELS) + 1
    probes = [(2 * width + 1, at(0, 48, 2), 1.0), (3 * width + 2, at(2, 48, 2), 1.0)]
    described = (f'shape = [1, 3, {HIGH}, {WIDE}]\n{normal}fit = "stretch"\n',
                 [("logits", f"[1, {QUERIES}, {width}]"), ("pred_boxes", f"[1, {QUERIES}, 4]")])
    data = model(FOLDER / "detr" / file, {"logits": logits, "pred_boxes": boxes}, probes, free=False)
    manifest("detr", "detr", data, "", *described)
    # One that wants to be told which pixels are the picture, as some exports do.
    data = model(FOLDER / "masked" / file, {"logits": logits[:4], "pred_boxes": boxes[:4]}, probes[:1], free=False, mask=True)
    manifest("masked", "detr", data, "", described[0], [("logits", f"[1, 4, {width}]"), ("pred_boxes", "[1, 4, 4]")])

    shares = [tuple(side / (WIDE, HIGH)[axis % 2] for axis, side in enumerate(letterboxed(box, 5))) for box, _ in BOXES]
    logits, boxes = queries(len(LABELS), shares, nothing=False)
    data = model(FOLDER / "rtdetr" / file, {"logits": logits, "pred_boxes": boxes},
                 [(2 * 3 + 1, at(0, 48, 32), 1.0), (3 * 3 + 2, at(0, 48, 2), 1.0)], free=False)
    manifest("rtdetr", "detr", data, 'activation = "sigmoid"\n',
             f'shape = [1, 3, {HIGH}, {WIDE}]\nscale = [255, 255, 255]\nfit = "letterbox"\n',
             [("logits", f"[1, {QUERIES}, {len(LABELS)}]"), ("pred_boxes", f"[1, {QUERIES}, 4]")])


if __name__ == "__main__":
    main()
