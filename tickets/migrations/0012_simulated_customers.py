from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0011_splits")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="is_drill",
            field=models.BooleanField(default=False, verbose_name="simulated for a drill"),
        )
    ]
