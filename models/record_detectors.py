#!/usr/bin/env python3
"""Makes what crates/vision/tests/detectors.rs compares with: tensors of real detectors, and the boxes their own code finds in them.

    python3 -m venv /tmp/record
    /tmp/record/bin/pip install torch torchvision transformers ultralytics onnx onnxruntime loguru tabulate setuptools wheel
    /tmp/record/bin/pip install --no-deps --no-build-isolation yolox==0.3.0   # its own list asks for far more than its decoder needs
    /tmp/record/bin/python models/record_detectors.py yolox yolov8 detr rtdetr

A recording is the raw output of a network with seeded random weights, biased so that some dozen cells pass the threshold, and
the boxes which the family's own implementation makes of that very tensor. Weights that know something would show no more
of a decoder. The networks are built by the packages themselves; ultralytics, which is AGPL, is run as a program and not imported.
"""

import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from constant_detectors import FOLDER, HIGH, LABELS, QUERIES, STRIDES, WIDE

SEED = 20
THRESHOLD = 0.3


def enliven(network) -> None:
    """Weights that keep what goes through alive: as a package sets them, every cell gives much the same, or nothing."""
    import torch

    for weight in network.parameters():
        if weight.dim() > 1:
            torch.nn.init.kaiming_normal_(weight)


def settle(layer, spread: float, mean: float, outputs) -> None:
    """Scales a last layer so that each of its outputs, over all cells, has this mean and this standard deviation."""
    import torch

    across = 1 if outputs.dim() == 4 else outputs.dim() - 1
    over = [axis for axis in range(outputs.dim()) if axis != across]
    factor = spread / outputs.std(dim=over)
    with torch.no_grad():
        layer.weight *= factor.view(-1, *[1] * (layer.weight.dim() - 1))
        layer.bias.copy_(factor * (layer.bias - outputs.mean(dim=over)) + mean)


def watched(model, picture, layers) -> list:
    """What each of the layers gives for the picture."""
    import torch

    seen = {}
    hooks = [layer.register_forward_hook(lambda _, __, out, at=at: seen.setdefault(at, out)) for at, layer in enumerate(layers)]
    with torch.no_grad():
        model(picture)
    for hook in hooks:
        hook.remove()
    return [seen[at] for at in range(len(layers))]


def picture():
    import torch

    return torch.rand(1, 3, HIGH, WIDE, generator=torch.Generator().manual_seed(SEED))


def rounded(tensor, digits: int):
    """So that the file is small and the original decodes exactly what is in it."""
    import torch

    return torch.tensor(np.round(tensor.detach().numpy().astype(np.float64), digits).astype(np.float32))


def write(family: str, file: str, made_by: str, outputs, boxes, clipped: bool = False) -> None:
    """boxes: left, top, right, bottom, score, class."""
    scores = [box[4] for box in boxes]
    if not 12 <= len(boxes) <= 80 or any(abs(score - THRESHOLD) < 1e-3 for score in scores):
        raise SystemExit(f"{family}: {len(boxes)} boxes, or one at the very threshold: {sorted(scores)[:3]}; change the bias")
    plain = [{"shape": list(output.shape), "data": [float(f"{v:.7g}") for v in output.flatten().tolist()]} for output in outputs]
    boxes = [[*(float(f"{v:.6g}") for v in box[:5]), int(box[5])] for box in boxes]
    recording = {"made_by": made_by, "threshold": THRESHOLD, "clipped": clipped, "outputs": plain, "boxes": boxes}
    path = FOLDER / family / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(recording, separators=(",", ":")).replace('"boxes"', '\n"boxes"') + "\n")
    print(f"{path.relative_to(FOLDER)}: {len(boxes)} boxes of classes {sorted({box[5] for box in boxes})}, {path.stat().st_size} bytes")


def version(package: str) -> str:
    from importlib.metadata import version as installed

    return f"{package} {installed(package)}"


def record_yolox() -> None:
    import torch
    from yolox.models import YOLOPAFPN, YOLOX, YOLOXHead
    from yolox.utils import postprocess

    torch.manual_seed(SEED)
    model = YOLOX(YOLOPAFPN(depth=0.33, width=0.125), YOLOXHead(len(LABELS), width=0.125)).eval()
    enliven(model)
    head = model.head
    for layers, spread, mean in ((head.reg_preds, 0.5, 0.3), (head.obj_preds, 1.5, -0.8), (head.cls_preds, 1.5, 0.0)):
        for layer, outputs in zip(layers, watched(model, picture(), list(layers))):
            settle(layer, spread, mean, outputs)
    head.decode_in_inference = False
    with torch.no_grad():
        raw = rounded(model(picture()), 4)
        decoded = rounded(head.decode_outputs(raw.clone(), dtype=raw.type()), 4)
    for file, tensor in (("recorded.json", raw), ("recorded_decoded.json", decoded)):
        pixels = head.decode_outputs(raw.clone(), dtype=raw.type()) if tensor is raw else decoded.clone()
        # An overlap above 1 there is none: nothing is suppressed.
        (found,) = postprocess(pixels, len(LABELS), conf_thre=THRESHOLD, nms_thre=1.0)
        boxes = [(*row[:4], row[4] * row[5], row[6]) for row in found.tolist()]
        write("yolox", file, f"{version('yolox')}, {version('torch')}", [tensor], boxes)


def own_queries(found) -> list:
    """The best class of each query, where the original hands on others below it, too: those have the very same box."""
    best = {}
    for box, score, label in zip(found["boxes"].tolist(), found["scores"].tolist(), found["labels"].tolist()):
        best.setdefault(tuple(box), (*box, score, label))
    return list(best.values())


def record_detr() -> None:
    import torch
    from transformers import DetrConfig, DetrForObjectDetection, DetrImageProcessor, ResNetConfig
    from transformers.models.detr.modeling_detr import DetrObjectDetectionOutput

    torch.manual_seed(SEED)
    backbone = ResNetConfig(embedding_size=8, hidden_sizes=[8, 16, 16, 32], depths=[1, 1, 1, 1], out_features=["stage4"])
    config = DetrConfig(
        use_timm_backbone=False, use_pretrained_backbone=False, backbone=None, backbone_config=backbone, d_model=32,
        encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32,
        decoder_ffn_dim=32, num_queries=QUERIES, num_labels=len(LABELS))
    model = DetrForObjectDetection(config).eval()
    enliven(model)
    with torch.no_grad():
        model.model.query_position_embeddings.weight.normal_(0.0, 3.0)
    layers = [model.class_labels_classifier, model.bbox_predictor.layers[-1]]
    for layer, outputs, spread, mean in zip(layers, watched(model, picture(), layers), (1.5, 0.8), (0.0, -0.3)):
        settle(layer, spread, mean, outputs)
    with torch.no_grad():
        model.class_labels_classifier.bias[-1] += 0.7
    with torch.no_grad():
        outputs = model(pixel_values=picture(), pixel_mask=torch.ones(1, HIGH, WIDE, dtype=torch.long))
    logits, boxes = rounded(outputs.logits, 4), rounded(outputs.pred_boxes, 5)
    (found,) = DetrImageProcessor().post_process_object_detection(
        DetrObjectDetectionOutput(logits=logits, pred_boxes=boxes), threshold=THRESHOLD, target_sizes=[(HIGH, WIDE)])
    write("detr", "recorded.json", f"{version('transformers')}, {version('torch')}", [logits, boxes], own_queries(found))


def record_rtdetr() -> None:
    import torch
    from transformers import RTDetrConfig, RTDetrForObjectDetection, RTDetrImageProcessor, RTDetrResNetConfig
    from transformers.models.rt_detr.modeling_rt_detr import RTDetrObjectDetectionOutput

    torch.manual_seed(SEED)
    hidden = [8, 16, 16, 32]
    backbone = RTDetrResNetConfig(
        embedding_size=8, hidden_sizes=hidden, depths=[1, 1, 1, 1], out_features=["stage2", "stage3", "stage4"])
    config = RTDetrConfig(
        backbone=None, use_pretrained_backbone=False, use_timm_backbone=False, backbone_config=backbone, encoder_hidden_dim=32,
        encoder_in_channels=hidden[1:], encoder_layers=1, encoder_ffn_dim=32, encoder_attention_heads=2, d_model=32,
        decoder_in_channels=[32, 32, 32], decoder_ffn_dim=32, decoder_layers=1, decoder_attention_heads=2, num_queries=QUERIES,
        num_labels=len(LABELS), num_denoising=0, disable_custom_kernels=True)
    model = RTDetrForObjectDetection(config).eval()
    enliven(model)
    decoder = model.model.decoder
    layers = [decoder.class_embed[-1], decoder.bbox_embed[-1].layers[-1]]
    for layer, outputs, spread, mean in zip(layers, watched(model, picture(), layers), (1.5, 0.8), (-1.7, 0.0)):
        settle(layer, spread, mean, outputs)
    with torch.no_grad():
        outputs = model(pixel_values=picture())
    logits, boxes = rounded(outputs.logits, 4), rounded(outputs.pred_boxes, 5)
    if int((logits.sigmoid() > THRESHOLD).sum()) > QUERIES:
        raise SystemExit("rtdetr: the original hands on no more scores than queries; lower the bias")
    (found,) = RTDetrImageProcessor().post_process_object_detection(
        RTDetrObjectDetectionOutput(logits=logits, pred_boxes=boxes), threshold=THRESHOLD, target_sizes=[(HIGH, WIDE)])
    write("rtdetr", "recorded.json", f"{version('transformers')}, {version('torch')}", [logits, boxes], own_queries(found))


def settle_file(path: pathlib.Path, fed: np.ndarray) -> None:
    """`enliven` and `settle` for a network that is a file. The last layers of a box are those with four sides x sixteen bins."""
    import onnx
    import onnxruntime
    from onnx import numpy_helper

    rng = np.random.default_rng(SEED)
    network = onnx.load(path)
    tensors = {tensor.name: tensor for tensor in network.graph.initializer}

    def change(name: str, values: np.ndarray) -> None:
        tensors[name].CopyFrom(numpy_helper.from_array(values.astype(np.float32), name))

    ends = []
    for node in network.graph.node:
        weight = numpy_helper.to_array(tensors[node.input[1]]) if node.op_type == "Conv" else None
        # The one without a bias takes the mean of the bins.
        if weight is None or len(node.input) < 3:
            continue
        change(node.input[1], rng.normal(0.0, math.sqrt(3.0 / weight[0].size), weight.shape))
        if weight.shape[0] in (64, len(LABELS)) and weight.shape[2] == 1 and node.input[1].endswith(".2.weight"):
            # A bias of its own, as the export keeps equal ones only once; none until it is known what is wanted.
            own = numpy_helper.from_array(np.zeros(weight.shape[0], np.float32), node.output[0] + "_bias")
            network.graph.initializer.append(own)
            tensors[own.name] = network.graph.initializer[-1]
            node.input[2] = own.name
            ends.append(node)
    if len(ends) != 2 * len(STRIDES):
        raise SystemExit(f"yolov8: {len(ends)} last layers, {2 * len(STRIDES)} wanted; the export has changed")
    shown = onnx.ModelProto()
    shown.CopyFrom(network)
    shown.graph.output.extend(onnx.ValueInfoProto(name=node.output[0]) for node in ends)
    session = onnxruntime.InferenceSession(shown.SerializeToString(), providers=["CPUExecutionProvider"])
    outputs = session.run([node.output[0] for node in ends], {session.get_inputs()[0].name: fed})
    # Near bins are likelier, so that boxes are not larger than the picture.
    bins = np.tile(np.arange(16) * -0.5, 4)
    for node, output in zip(ends, outputs):
        weight = numpy_helper.to_array(tensors[node.input[1]])
        factor = 1.5 / output.std(axis=(0, 2, 3))
        mean = bins if len(weight) == 64 else -2.6
        change(node.input[1], weight * factor[:, None, None, None])
        change(node.input[2], mean - factor * output.mean(axis=(0, 2, 3)))
    # What nothing uses any more the runtime would warn of at each load.
    used = {name for node in network.graph.node for name in node.input}
    for tensor in [tensor for tensor in network.graph.initializer if tensor.name not in used]:
        network.graph.initializer.remove(tensor)
    onnx.save(network, path)


def record_yolov8() -> None:
    """Exports and predicts with the program `yolo`; between the two the last layers' numbers are changed in the file."""
    import onnxruntime
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        program = pathlib.Path(sys.executable).parent / "yolo"
        # Its settings and its own downloads stay in the folder, too.
        environment = {**os.environ, "YOLO_CONFIG_DIR": folder, "YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false"}

        def yolo(*words: str) -> None:
            subprocess.run([program, *words], cwd=root, env=environment, check=True, stdout=subprocess.DEVNULL)

        described = root / "small.yaml"
        shipped = subprocess.run(
            [sys.executable, "-c", "import importlib.util as u; print(u.find_spec('ultralytics').submodule_search_locations[0])"],
            capture_output=True, text=True, check=True).stdout.strip()
        text = (pathlib.Path(shipped) / "cfg/models/v8/yolov8.yaml").read_text()
        described.write_text(text.replace("nc: 80", f"nc: {len(LABELS)}"))
        yolo("export", f"model={described}", "format=onnx", f"imgsz={HIGH},{WIDE}", "opset=13", "simplify=False", "device=cpu")
        exported = root / "small.onnx"
        pixels = (picture().numpy()[0].transpose(1, 2, 0) * 255.0).round().astype(np.uint8)
        Image.fromarray(pixels).save(root / "noise.png")
        fed = (pixels.astype(np.float32) / 255.0).transpose(2, 0, 1)[None]
        settle_file(exported, fed)
        yolo("predict", f"model={exported}", f"source={root / 'noise.png'}", f"imgsz={HIGH},{WIDE}", f"conf={THRESHOLD}", "iou=1.0",
             "max_det=1000", "save_txt=True", "save_conf=True", "save=False", "device=cpu", f"project={root}", "name=said")
        session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
        (raw,) = session.run(None, {session.get_inputs()[0].name: fed})
        boxes = []
        for line in next(root.glob("said*/labels/noise.txt")).read_text().splitlines():
            label, x, y, width, height, score = map(float, line.split())
            left, top, right, bottom = x - width / 2, y - height / 2, x + width / 2, y + height / 2
            boxes.append((left * WIDE, top * HIGH, right * WIDE, bottom * HIGH, score, label))
    raw[:, :4] = np.round(raw[:, :4], 3)
    raw[:, 4:] = np.round(raw[:, 4:], 6)
    write("yolov8", "recorded.json", f"{version('ultralytics')}, {version('onnxruntime')}", [raw], boxes, clipped=True)


TASKS = {"yolox": record_yolox, "yolov8": record_yolov8, "detr": record_detr, "rtdetr": record_rtdetr}


def main() -> int:
    words = sys.argv[1:]
    if not words or any(word not in TASKS for word in words):
        print(f"usage: record_detectors.py FAMILY...; families: {', '.join(TASKS)}", file=sys.stderr)
        return 2
    for word in words:
        TASKS[word]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
