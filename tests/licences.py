"""Every dependency that is compiled in has a licence that deny.toml allows.

Usage: cargo metadata --format-version 1 --locked | python tests/licences.py
"""

import json
import re
import sys
import tomllib

RULES = tomllib.load(open("deny.toml", "rb"))["licenses"]
ALLOWED = set(RULES["allow"])
CLARIFIED = {rule["name"]: rule["expression"] for rule in RULES["clarify"]}


def allowed(expression: str) -> bool:
    """An SPDX expression: any side of OR, every side of AND."""
    text = expression.replace("/", " OR ").replace("(", " ( ").replace(")", " ) ")
    text = re.sub(r"\s+WITH\s+", "~WITH~", text)
    words = []
    for word in text.split():
        if word in ("(", ")"):
            words.append(word)
        elif word in ("OR", "AND"):
            words.append(word.lower())
        else:
            words.append(str(word.replace("~", " ") in ALLOWED))
    return bool(eval(" ".join(words)))  # only the words True, False, and, or and brackets are left


packages = [package for package in json.load(sys.stdin)["packages"] if package["source"]]
stated = [(p, p["license"] or CLARIFIED.get(p["name"])) for p in packages]
bad = [f"{p['name']} {p['version']}: {text}" for p, text in stated if not (text and allowed(text))]
print(f"{len(packages)} dependencies, {len(bad)} without an allowed licence")
print("\n".join(bad))
sys.exit(bool(bad))
