"""A gpt-oss of random weights: every line of a real run is run, in seconds, on a CPU and without a download."""

from transformers import GptOssConfig, GptOssForCausalLM, set_seed

from corpus.errors import RecipeError
from models.tokenizer import DEMO, GPT_OSS

# gpt-oss's embedding has 201,088 rows for 200,019 ids; the demo's ids are bytes and control tokens.
VOCABULARY_SIZES = {GPT_OSS: 201_088, DEMO: 512}


def vocabulary_size(tokenizer: str) -> int:
    """Return the embedding rows for the ids of ``tokenizer``; raises ``RecipeError`` for an unknown one."""
    if tokenizer not in VOCABULARY_SIZES:
        raise RecipeError(
            f"the rows are of the tokenizer {tokenizer!r}; the preset tiny knows {' and '.join(VOCABULARY_SIZES)}"
        )
    return VOCABULARY_SIZES[tokenizer]


def build(vocab_size: int, seed: int) -> GptOssForCausalLM:
    """Return a model of gpt-oss's shape in float32: two layers, four experts; the same seed gives the same weights."""
    set_seed(seed)
    config = GptOssConfig(  # type: ignore[call-arg,unused-ignore]  # the attention is an option of every model
        num_hidden_layers=2,
        hidden_size=64,
        intermediate_size=64,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        num_local_experts=4,
        num_experts_per_tok=2,
        vocab_size=vocab_size,
        layer_types=["sliding_attention", "full_attention"],
        use_cache=False,
        attn_implementation="eager",  # the only one here that knows gpt-oss's attention sinks
    )
    return GptOssForCausalLM(config)
