"""The peer of import and search: SQLite's FTS5 alone. peers.py TOKENIZER CATALOGUE QUERIES DATABASE prints one line of JSON.

trigram finds parts of any text of three characters and more; unicode61 finds words and beginnings of words, and takes a run of Chinese for
one word. Neither knows pinyin or typos."""
import csv
import json
import os
import sqlite3
import sys
import time

SHOWN = 20


def percentile(values, share):
    values = sorted(values)
    return values[max(0, -(-int(share * 1000) * len(values) // 1000) - 1)] if values else None


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield (row["sku"], row["title"], row["brand"], row["category"], row["price"], int(row["stock"]), row["barcode"])


def fill(path, tokenizer, catalogue):
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    begun = time.perf_counter()
    with database:
        database.execute("CREATE TABLE goods (sku TEXT PRIMARY KEY, title, brand, category, price, stock INTEGER, barcode)")
        prefix = ", prefix='1 2 3'" if tokenizer == "unicode61" else ""
        database.execute(f"CREATE VIRTUAL TABLE found USING fts5 (title, brand, sku, barcode, tokenize='{tokenizer}'{prefix})")
        database.executemany("INSERT INTO goods VALUES (?, ?, ?, ?, ?, ?, ?)", rows(catalogue))
        database.execute("INSERT INTO found (rowid, title, brand, sku, barcode) SELECT rowid, title, brand, sku, barcode FROM goods")
    return database, time.perf_counter() - begun


def expression(tokenizer, text):
    star = "*" if tokenizer == "unicode61" else ""
    words = text.replace('"', "").replace("-", " ").split()
    return " ".join(f'"{word}"{star}' for word in words)


def main():
    tokenizer, catalogue, queries, path = sys.argv[1:]
    database, import_s = fill(path, tokenizer, catalogue)
    kinds = {}
    with open(queries, encoding="utf-8") as file:
        for line in file:
            kind, text, meant = line.rstrip("\n").split("\t")
            begun = time.perf_counter()
            found = database.execute(
                "SELECT goods.* FROM found JOIN goods ON goods.rowid = found.rowid WHERE found MATCH ? ORDER BY rank LIMIT ?",
                (expression(tokenizer, text), SHOWN),
            ).fetchall()
            ms = (time.perf_counter() - begun) * 1000
            kinds.setdefault(kind, []).append((ms, any(row[0] == meant for row in found)))
    database.close()
    told = [
        {
            "kind": kind,
            "n": len(asked),
            "p50_ms": percentile([ms for ms, _ in asked], 0.5),
            "p95_ms": percentile([ms for ms, _ in asked], 0.95),
            "shown": sum(shown for _, shown in asked) / len(asked),
        }
        for kind, asked in kinds.items()
    ]
    print(json.dumps({"import_s": import_s, "bytes": os.path.getsize(path), "kinds": told, "sqlite": sqlite3.sqlite_version}))


main()
