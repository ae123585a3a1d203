from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery


def go_by_the_words(apps, schema_editor):
    """What was made of a thread as it is now was made of its words of now. All else is of some time before: when a file
    was asked for is as good as any, and keeps apart what was made of different versions."""
    Thread, ThreadFile = apps.get_model("unroller", "Thread"), apps.get_model("unroller", "ThreadFile")
    words = Subquery(Thread.objects.filter(pk=OuterRef("thread")).values("changed_at")[:1])
    ThreadFile.objects.filter(version=F("thread__version")).update(changed_at=words)
    ThreadFile.objects.filter(changed_at=None).update(changed_at=F("created_at"))  # no row twice: that bars the ALTER
    apps.get_model("unroller", "Keeping").objects.filter(version=F("thread__version")).update(changed_at=words)


class Migration(migrations.Migration):

    dependencies = [
        ('unroller', '0004_keeping'),
    ]

    operations = [
        migrations.AddField(
            model_name='threadfile',
            name='changed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='keeping',
            name='changed_at',
            field=models.DateTimeField(blank=True, help_text='When the thread changed whose media are all here, or given up.', null=True),
        ),
        migrations.RunPython(go_by_the_words),
        migrations.RemoveConstraint(
            model_name='threadfile',
            name='thread_file_once',
        ),
        migrations.RemoveField(
            model_name='threadfile',
            name='version',
        ),
        migrations.RemoveField(
            model_name='keeping',
            name='version',
        ),
        migrations.AlterField(
            model_name='threadfile',
            name='changed_at',
            field=models.DateTimeField(help_text='When the words changed that it is made of.'),
        ),
        migrations.AddConstraint(
            model_name='threadfile',
            constraint=models.UniqueConstraint(fields=('thread', 'changed_at', 'kind'), name='thread_file_once'),
        ),
    ]
