//! Text handling in Chinese and English: folding, segmentation, pinyin initials, edit distance.
