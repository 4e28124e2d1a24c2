from django.db import models

from epm.access.models.user import User


class RefreshToken(models.Model):
    """One refresh token that was handed out. Its family is the session that it renews."""

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, db_index=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="refresh_token_expiry_idx")]

    def __str__(self) -> str:
        return str(self.pk)
