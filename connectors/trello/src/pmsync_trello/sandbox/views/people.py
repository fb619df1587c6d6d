"""How members and their places on boards are shown."""

from pmsync_trello.sandbox.objects import Member, Membership
from pmsync_trello.sandbox.views.view import View

MEMBERSHIP: View[Membership] = View(
    {
        "id": lambda membership: membership.id,
        "idMember": lambda membership: membership.member.id,
        "memberType": lambda membership: membership.kind,
        "unconfirmed": lambda membership: False,
        "deactivated": lambda membership: False,
    }
)

MEMBER: View[Member] = View(
    {
        "id": lambda member: member.id,
        "activityBlocked": lambda member: False,
        "avatarHash": lambda member: None,
        "avatarUrl": lambda member: None,
        "bio": lambda member: "",
        "bioData": lambda member: None,
        "confirmed": lambda member: True,
        "fullName": lambda member: member.full_name,
        "idEnterprise": lambda member: None,
        "idMemberReferrer": lambda member: None,
        "initials": lambda member: member.initials,
        "memberType": lambda member: "normal",
        "nonPublic": lambda member: {},
        "nonPublicAvailable": lambda member: False,
        "products": lambda member: [],
        "url": lambda member: f"https://trello.com/{member.username}",
        "username": lambda member: member.username,
        "status": lambda member: "disconnected",
        "email": lambda member: None,
        "idOrganizations": lambda member: [],
    },
)
IN_BOARD = "fullName,username"
CREATOR = (
    "id,activityBlocked,avatarHash,avatarUrl,fullName,idMemberReferrer,initials,nonPublic,nonPublicAvailable,username"
)
