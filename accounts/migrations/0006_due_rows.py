from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('accounts', '0005_orders'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='letter',
            index=models.Index(condition=models.Q(('settled_at__isnull', False)), fields=['settled_at'], name='letter_settled'),
        ),
        AddIndexConcurrently(
            model_name='letter',
            index=models.Index(condition=models.Q(('name', 'goodbye')), fields=['settled_at'], name='letter_of_goodbye'),
        ),
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(condition=models.Q(('last_login', None)), fields=['joined_at'], name='user_never_here'),
        ),
    ]
