"""Write all-MiniLM-L6-v2 as an ONNX graph over its published weights.

The weights are published as safetensors: raw little-endian numbers after a JSON header. ONNX can name an
offset in another file as the place of a tensor, so the graph written here is small and the weights are stored
once.
"""

import json
from pathlib import Path

__all__ = ["write_graph"]

_LAYERS, _HEADS, _WIDTH = 6, 12, 384
_HEAD_WIDTH = _WIDTH // _HEADS
_EPSILON = 1e-12  # of the layer normalisations, from the model's config.json


def write_graph(weights: Path, graph: Path) -> None:
    """Write the graph for `weights` (model.safetensors) to `graph`, which must end up in the same folder.

    The graph takes `input_ids` and `attention_mask` (int64, texts x tokens) and gives `vectors` (float32,
    texts x 384): BERT with 6 layers of 12 heads (Devlin et al. 2019, arXiv 1810.04805), the mean over the
    tokens that the mask keeps, scaled to length one, which is how sentence-transformers publishes this model.
    It uses opset 17 and IR version 8, which onnxruntime reads since 1.12. The same weights always give the
    same bytes.
    """
    from onnx import TensorProto, helper

    builder = _Builder(weights)
    add, weight = builder.add, builder.weight

    ids, mask = "input_ids", "attention_mask"
    positions = add("Range", builder.ints("zero", 0), builder.token_count(ids), builder.ints("one", 1))
    words = add("Gather", weight("embeddings.word_embeddings.weight"), ids)
    places = add("Gather", weight("embeddings.position_embeddings.weight"), positions)
    # Every text is a single segment, so the first of the two segment embeddings is added to every token.
    segment = weight("embeddings.token_type_embeddings.weight", rows=1)
    hidden = builder.normalise(add("Add", add("Add", words, places), segment), "embeddings.LayerNorm")

    kept = add("Cast", mask, to=TensorProto.FLOAT)
    # Zero for a kept token, about -1e9 for padding, whose softmax is then exactly zero in float32.
    ignored = add("Mul", add("Sub", builder.floats("unity", 1.0), kept), builder.floats("never", -1e9))
    ignored = add("Unsqueeze", ignored, builder.ints("head_and_query_axes", [1, 2]))

    split = builder.ints("split_heads", [0, 0, _HEADS, _HEAD_WIDTH])
    join = builder.ints("join_heads", [0, 0, _WIDTH])
    for number in range(_LAYERS):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            add("Reshape", builder.linear(hidden, f"{layer}.attention.self.{part}"), split)
            for part in ("query", "key", "value")
        )
        scores = add("MatMul", add("Transpose", query, perm=[0, 2, 1, 3]), add("Transpose", key, perm=[0, 2, 3, 1]))
        scores = add("Add", add("Mul", scores, builder.floats("scale", _HEAD_WIDTH**-0.5)), ignored)
        mixed = add("MatMul", add("Softmax", scores, axis=-1), add("Transpose", value, perm=[0, 2, 1, 3]))
        mixed = add("Reshape", add("Transpose", mixed, perm=[0, 2, 1, 3]), join)
        attended = add("Add", builder.linear(mixed, f"{layer}.attention.output.dense"), hidden)
        attended = builder.normalise(attended, f"{layer}.attention.output.LayerNorm")
        wide = builder.gelu(builder.linear(attended, f"{layer}.intermediate.dense"))
        hidden = add("Add", builder.linear(wide, f"{layer}.output.dense"), attended)
        hidden = builder.normalise(hidden, f"{layer}.output.LayerNorm")

    column = add("Unsqueeze", kept, builder.ints("last_axis", [2]))
    tokens = builder.ints("token_axis", [1])
    total = add("ReduceSum", add("Mul", hidden, column), tokens, keepdims=0)
    mean = add("Div", total, add("ReduceSum", column, tokens, keepdims=0))
    length = add("ReduceL2", mean, axes=[1], keepdims=1)
    add("Div", mean, length, output="vectors")

    model = helper.make_model(
        helper.make_graph(
            builder.nodes,
            "all-MiniLM-L6-v2",
            [
                helper.make_tensor_value_info(ids, TensorProto.INT64, ["texts", "tokens"]),
                helper.make_tensor_value_info(mask, TensorProto.INT64, ["texts", "tokens"]),
            ],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", _WIDTH])],
            builder.tensors,
        ),
        producer_name="ai-architect",
        ir_version=8,
        opset_imports=[helper.make_opsetid("", 17)],
    )
    graph.write_bytes(model.SerializeToString(deterministic=True))


class _Builder:
    """Collects nodes and tensors, naming each by its place in the order of construction."""

    def __init__(self, weights: Path) -> None:
        import onnx

        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []
        self._known: set[str] = set()
        self._file = weights.name
        with weights.open("rb") as stream:
            header_size = int.from_bytes(stream.read(8), "little")
            self._header = json.loads(stream.read(header_size))
        self._start = 8 + header_size

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: object) -> str:
        """Add a node and return the name of its output."""
        from onnx import helper

        name = output or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))  # type: ignore[arg-type]
        return name

    def weight(self, name: str, rows: int | None = None) -> str:
        """Refer to a tensor of the weights file, or to its first rows."""
        from onnx import TensorProto
        from onnx.external_data_helper import set_external_data

        label = name if rows is None else f"{name}[:{rows}]"
        if label not in self._known:
            self._known.add(label)
            shape = list(self._header[name]["shape"])
            if rows is not None:
                shape[0] = rows
            count = 1
            for side in shape:
                count *= side
            tensor = TensorProto(name=label, data_type=TensorProto.FLOAT, dims=shape)
            # set_external_data asks for a value in raw_data before it will replace it by a reference.
            tensor.raw_data = b""
            set_external_data(
                tensor,
                location=self._file,
                offset=self._start + self._header[name]["data_offsets"][0],
                length=4 * count,
            )
            tensor.ClearField("raw_data")
            self.tensors.append(tensor)
        return label

    def ints(self, name: str, value: int | list[int]) -> str:
        """Return a constant of int64, a scalar or a vector."""
        from onnx import TensorProto

        return self._constant(name, TensorProto.INT64, value)

    def floats(self, name: str, value: float) -> str:
        """Return a scalar constant of float32."""
        from onnx import TensorProto

        return self._constant(name, TensorProto.FLOAT, value)

    def _constant(self, name: str, kind: int, value: float | list[int]) -> str:
        from onnx import helper

        if name not in self._known:
            self._known.add(name)
            values = value if isinstance(value, list) else [value]
            shape = [len(values)] if isinstance(value, list) else []
            self.tensors.append(helper.make_tensor(name, kind, shape, values))
        return name

    def token_count(self, ids: str) -> str:
        """Return the second dimension of the token ids, as a scalar."""
        return self.add("Gather", self.add("Shape", ids), self.ints("one", 1), axis=0)

    def linear(self, hidden: str, name: str) -> str:
        """Apply a dense layer; the weights are stored as outputs x inputs."""
        turned = self.add("Transpose", self.weight(f"{name}.weight"), perm=[1, 0])
        return self.add("Add", self.add("MatMul", hidden, turned), self.weight(f"{name}.bias"))

    def normalise(self, hidden: str, name: str) -> str:
        """Apply a layer normalisation over the last axis."""
        return self.add(
            "LayerNormalization",
            hidden,
            self.weight(f"{name}.weight"),
            self.weight(f"{name}.bias"),
            axis=-1,
            epsilon=_EPSILON,
        )

    def gelu(self, hidden: str) -> str:
        """Apply x * (1 + erf(x / sqrt 2)) / 2, the exact form that BERT uses."""
        erf = self.add("Erf", self.add("Mul", hidden, self.floats("inverse_root_two", 0.5**0.5)))
        return self.add(
            "Mul",
            self.add("Mul", hidden, self.add("Add", erf, self.floats("unity", 1.0))),
            self.floats("half", 0.5),
        )
