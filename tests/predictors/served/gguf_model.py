"""A random llama as a GGUF file for llama.cpp's server, and as a folder for transformers: the same weights."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.speaking import BEGIN, CHAT, END, model, tokenizer

SERVE = Path(__file__).with_name("serve.py")
NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
WHOLE = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}


def name_of(name):
    """What a tensor is called in the file."""
    if name in WHOLE:
        return WHOLE[name]
    _, _, layer, rest = name.split(".", 3)
    return f"blk.{layer}.{NAMES[rest.removesuffix('.weight')]}.weight"


def turned(weights, heads):
    """Rows in the order in which llama.cpp turns pairs of them."""
    size = weights.shape[0] // heads // 2
    return weights.reshape(heads, 2, size, weights.shape[1]).swapaxes(1, 2).reshape(weights.shape)


@contextmanager
def served(folder, context=None):
    """The address of llama.cpp's server with the model, in a process of its own."""
    write(folder, context)
    child = subprocess.Popen([sys.executable, SERVE, folder / "model.gguf", "4"], stdout=subprocess.PIPE, text=True)
    try:
        yield child.stdout.readline().strip()
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def write(folder, context=None):
    """Writes ``model.gguf``, with a context of so many tokens or its own, and what transformers loads."""
    import gguf

    net, cut = model("llama"), tokenizer()
    net.save_pretrained(folder)
    cut.save_pretrained(folder)
    config, own = net.config, json.loads(cut.backend_tokenizer.to_str())
    out = gguf.GGUFWriter(folder / "model.gguf", "llama")
    out.add_context_length(context or config.max_position_embeddings)
    out.add_embedding_length(config.hidden_size)
    out.add_block_count(config.num_hidden_layers)
    out.add_feed_forward_length(config.intermediate_size)
    out.add_head_count(config.num_attention_heads)
    out.add_head_count_kv(config.num_key_value_heads)
    out.add_layer_norm_rms_eps(config.rms_norm_eps)
    out.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    out.add_vocab_size(config.vocab_size)
    words = sorted(cut.get_vocab().items(), key=lambda one: one[1])
    special = {token["content"] for token in own["added_tokens"]}
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("gpt-2")
    out.add_token_list([word for word, _ in words])
    kinds = gguf.TokenType
    out.add_token_types([kinds.CONTROL if word in special else kinds.NORMAL for word, _ in words])
    merges = own["model"]["merges"]
    out.add_token_merges([one if isinstance(one, str) else " ".join(one) for one in merges])
    out.add_bos_token_id(dict(words)[BEGIN])
    out.add_eos_token_id(dict(words)[END])
    out.add_add_bos_token(True)
    out.add_chat_template(CHAT)
    for name, weights in net.state_dict().items():
        table = weights.float().numpy()
        if "q_proj" in name:
            table = turned(table, config.num_attention_heads)
        if "k_proj" in name:
            table = turned(table, config.num_key_value_heads)
        out.add_tensor(name_of(name), table)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()
