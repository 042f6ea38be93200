"""Language models small enough to build in a moment: random ones of several kinds, and a byte-level tokenizer."""

from __future__ import annotations

import functools

TEXT = [
    "The capital of France is Paris and the capital of Italy is Rome.",
    "It was warm, old and big; she said that it is not so bad, 好看 👍!",
]
END, BEGIN = "<|end|>", "<|begin|>"
CHAT = (
    "{{ '<|begin|>' }}{% for m in messages %}{% if m['role'] == 'system' and not loop.first %}"
    "{{ raise_exception('a system message comes first') }}{% endif %}"
    "{{ '<|role|>' + m['role'] + ': ' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|role|>assistant: ' }}{% endif %}"
)


@functools.cache
def tokenizer(chat: bool = False):
    """A byte-level one, whose pieces may be parts of a character; with a chat template that begins by itself."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    own = Tokenizer(models.BPE())
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    own.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=[END, BEGIN, "<|role|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    own.train_from_iterator(TEXT[:1] * 3, trainer)
    own.post_processor = processors.TemplateProcessing(single=f"{BEGIN} $A", special_tokens=[(BEGIN, 1)])
    # as the tokenizers of most models: not all take token types
    read = ["input_ids", "attention_mask"]
    fast = PreTrainedTokenizerFast(tokenizer_object=own, eos_token=END, bos_token=BEGIN, model_input_names=read)
    if chat:
        fast.chat_template = CHAT
    return fast


def templated(cut, messages):
    """Ids of messages in a tokenizer's own template; of transformers 4 a dict has to be asked for."""
    return list(cut.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)["input_ids"])


KINDS = ("gpt2", "llama", "bloom", "neox")


@functools.cache
def model(kind: str):
    """A random one: with learned positions, rotary ones, or none but a bias by distance."""
    import torch
    import transformers as t

    common = {"bos_token_id": 1, "eos_token_id": 0, "pad_token_id": 0, "initializer_range": 0.3}
    common |= {"vocab_size": len(tokenizer()), "hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2}
    torch.manual_seed(0)
    if kind == "gpt2":
        made = t.GPT2LMHeadModel(t.GPT2Config(n_positions=96, **common))
    elif kind == "bloom":
        made = t.BloomForCausalLM(t.BloomConfig(**common))
    elif kind == "llama":
        more = {"intermediate_size": 64, "num_key_value_heads": 2, "max_position_embeddings": 96}
        made = t.LlamaForCausalLM(t.LlamaConfig(**more, **common))
    else:
        made = t.GPTNeoXForCausalLM(t.GPTNeoXConfig(intermediate_size=64, max_position_embeddings=96, **common))
    return made.eval()


def loaded(kind: str = "gpt2", chat: bool = False):
    """``(model, tokenizer)``."""
    return model(kind), tokenizer(chat)
