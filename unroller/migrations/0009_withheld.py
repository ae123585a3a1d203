import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('unroller', '0008_moderation'),
    ]

    operations = [
        migrations.CreateModel(
            name='WithheldMedium',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(help_text='SHA-256 of its address at the network.', max_length=64)),
                ('thread', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unroller.thread')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('digest', 'thread'), name='withheld_medium_once')],
            },
        ),
    ]
