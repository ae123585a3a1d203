from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('billing', '0002_money'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='checkoutintent',
            index=models.Index(condition=models.Q(('state__in', ['expired', 'failed'])), fields=['done_at'], name='checkout_unpaid'),
        ),
    ]
