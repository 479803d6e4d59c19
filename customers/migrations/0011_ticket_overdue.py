from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0010_rfm_sql'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='activity',
            name='activity_type_known',
        ),
        migrations.AlterField(
            model_name='activity',
            name='type',
            field=models.CharField(choices=[('WALLET_DEPOSIT', 'Deposit'), ('WALLET_WITHDRAW', 'Withdrawal'), ('WALLET_VIRTUAL_CREDIT', 'Virtual credit'), ('WALLET_ADJUSTMENT', 'Adjustment'), ('WALLET_REVERSAL', 'Taken back'), ('TICKET_CREATED', 'Ticket opened'), ('TICKET_UPDATED', 'Ticket changed'), ('TICKET_COMPLETED', 'Ticket completed'), ('TICKET_DELETED', 'Ticket deleted'), ('TICKET_OVERDUE', 'Ticket overdue'), ('ORDER_CREATED', 'Order placed'), ('ORDER_DELIVERED', 'Order delivered'), ('ORDER_RETURNED', 'Order returned'), ('MESSAGE_SENT', 'Message sent'), ('MESSAGE_RECEIVED', 'Message received'), ('PROFILE_UPDATED', 'Profile changed'), ('TAG_ADDED', 'Tag added'), ('NOTE_ADDED', 'Note added'), ('CUSTOMER_CREATED', 'Customer added')], max_length=30, verbose_name='type'),
        ),
        migrations.AddConstraint(
            model_name='activity',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ['WALLET_DEPOSIT', 'WALLET_WITHDRAW', 'WALLET_VIRTUAL_CREDIT', 'WALLET_ADJUSTMENT', 'WALLET_REVERSAL', 'TICKET_CREATED', 'TICKET_UPDATED', 'TICKET_COMPLETED', 'TICKET_DELETED', 'TICKET_OVERDUE', 'ORDER_CREATED', 'ORDER_DELIVERED', 'ORDER_RETURNED', 'MESSAGE_SENT', 'MESSAGE_RECEIVED', 'PROFILE_UPDATED', 'TAG_ADDED', 'NOTE_ADDED', 'CUSTOMER_CREATED'])), name='activity_type_known'),
        ),
    ]
