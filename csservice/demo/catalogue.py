"""Products and categories of the demo, written by the catalogue's own actions (N3, W2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from csservice.demo.people import Team
from csservice.demo.stories import read
from tickets import actions
from tickets.models import Category, Guide, Product


@dataclass
class Catalogue:
    """The rows by their codes."""

    products: dict[str, Product] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    guides: dict[str, Guide] = field(default_factory=dict)


def make_catalogue(team: Team, now: datetime) -> Catalogue:
    """Write products, categories and their question guides in the director's name."""
    by, made = team.people["director"], Catalogue()
    for known in read("products")["products"]:
        made.products[known["code"]] = actions.save_product(None, by=by, now=now, **known)
    for known in read("categories")["categories"]:
        fields = {name: known[name] for name in ("code", "name", "name_zh", "words")}
        skill = team.skills.get(known.get("skill", ""))
        category = actions.save_category(None, by=by, now=now, skill=skill, **fields)
        made.categories[known["code"]] = category
        made.guides[known["code"]] = actions.publish_guide(
            category.pk, by=by, questions=known["questions"], now=now
        )
    return made


def load_catalogue() -> Catalogue:
    """The catalogue as it is now."""
    return Catalogue(
        products={row.code: row for row in Product.objects.offered()},
        categories={row.code: row for row in Category.objects.in_use()},
        guides={
            row.category.code: row for row in Guide.objects.in_force().select_related("category")
        },
    )
