from django.contrib.postgres.operations import AddIndexConcurrently
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('unroller', '0009_withheld'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='author',
            index=models.Index(condition=models.Q(('banned', True)), fields=['id'], name='author_banned'),
        ),
        AddIndexConcurrently(
            model_name='author',
            index=models.Index(condition=models.Q(('emptied_at', None), ('opted_out', True)), fields=['id'], name='author_to_empty'),
        ),
        AddIndexConcurrently(
            model_name='delivery',
            index=models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['finished_at'], name='delivery_finished'),
        ),
        AddIndexConcurrently(
            model_name='filegift',
            index=models.Index(fields=['expires_at'], name='file_gift_to_end'),
        ),
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['finished_at'], name='job_finished'),
        ),
        AddIndexConcurrently(
            model_name='lookup',
            index=models.Index(fields=['created_at'], name='lookup_by_age'),
        ),
        AddIndexConcurrently(
            model_name='parcel',
            index=models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['finished_at'], name='parcel_finished'),
        ),
        AddIndexConcurrently(
            model_name='recommendation',
            index=models.Index(fields=['created_at'], name='recommendation_by_age'),
        ),
        AddIndexConcurrently(
            model_name='vanished',
            index=models.Index(condition=models.Q(('done_at__isnull', False)), fields=['done_at'], name='vanished_done'),
        ),
    ]
