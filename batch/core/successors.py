"""Which service plan carries on which: the tiers of one service, lowest first, as data.

A plan has another id in every tier, so a plain comparison of two products by plan ids calls Office 365 E5 a loss of
Forms, Flow and Stream beside E4. Ids and names are those of Microsoft's "Product names and service plan identifiers for
licensing" (the product table); plans are told apart by id alone, for some names differ in case from row to row.
"""

from __future__ import annotations

from collections.abc import Iterable

#: Service → plan name → plan id, from the lowest tier to the highest. No usual product has two plans of one service.
TIERS: dict[str, dict[str, str]] = {
    # Kiosk, Plan 1, Plan 2: graph.md 13.2; Exchange Online service description.
    "Exchange Online": {
        "EXCHANGE_S_DESKLESS": "4a82b400-a79f-41a4-b4e2-e94f5787b113",
        "EXCHANGE_S_STANDARD": "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
        "EXCHANGE_S_ENTERPRISE": "efb87545-963c-4e0d-99df-69c6916d9eb0",
    },
    # Kiosk, Plan 1, Plan 2: graph.md 13.2; SharePoint service description.
    "SharePoint": {
        "SHAREPOINTDESKLESS": "902b47e5-dcb2-4fdc-858b-c63a90a2bdb9",
        "SHAREPOINTSTANDARD": "c7699d2e-19aa-44de-8edf-1736da088ca1",
        "SHAREPOINTENTERPRISE": "5dbe027f-2339-4123-9542-606e4d348a72",
    },
    # Mobile only (E1, F3), Apps for business, Apps for enterprise: no product has two of them (product table).
    "Office apps": {
        "OFFICEMOBILE_SUBSCRIPTION": "c63d4d19-e8cb-460e-b37c-4d6c34603745",
        "OFFICE_BUSINESS": "094e7854-93fc-4d55-b2c0-3ab5369ebdc1",
        "OFFICESUBSCRIPTION": "43de0ff5-c92c-492b-9116-175376d08c38",
    },
    # Plan 1, Plan 2: graph.md 13.2.
    "Skype for Business": {
        "MCOIMP": "afc06cb0-b4f4-4473-8286-d644f70d8faf",
        "MCOSTANDARD": "0feaeb32-d00e-4d66-bd5a-43b5b83db82c",
    },
    # Only E4 has the first, Skype for Business Plan 3; Phone System does what it does (inferred): process.md 3.5.
    "Voice": {
        "MCOVOICECONF": "27216c54-caf8-4d0d-97e2-517afb5c08f6",
        "MCOEV": "4828c8ec-dc2e-4779-b502-87ac9ce28ab7",
    },
    # E4 to E5, 2 to 3: process.md 3.5; the rest graph.md 13.2.
    "To Do": {
        "BPOS_S_TODO_FIRSTLINE": "80873e7a-cd2a-4e67-b061-1b5381a676a5",
        "BPOS_S_TODO_1": "5e62787c-c316-451f-b873-1d05acd4d12c",
        "BPOS_S_TODO_2": "c87f142c-d1e9-4363-8630-aaea9c4d9ae5",
        "BPOS_S_TODO_3": "3fb82609-8c27-4f7b-bd51-30634711ee67",
    },
    # E4 to E5, E3 to E5: process.md 3.5; the rest graph.md 13.2.
    "Forms": {
        "FORMS_PLAN_K": "f07046bd-2a3c-4b96-b0be-dea79d7cbfb8",
        "FORMS_PLAN_E1": "159f4cd6-e380-449f-a816-af1a9ef76344",
        "FORMS_PLAN_E3": "2789c901-c14e-48ab-a76a-be334d9d793a",
        "FORMS_PLAN_E5": "e212cbc7-0961-4c40-9825-01117710dcb1",
    },
    # E4 to E5, P2 to P3: process.md 3.5; the rest graph.md 13.2.
    "Power Automate": {
        "FLOW_O365_S1": "bd91b1a4-9f94-4ecf-b45b-3a65e5c8128a",
        "FLOW_O365_P1": "0f9b09cb-62d1-4ff4-9129-43f4996f83f4",
        "FLOW_O365_P2": "76846ad7-7776-4c40-a281-a386362dd1b9",
        "FLOW_O365_P3": "07699545-9485-468e-95b6-2fca3738be01",
    },
    # E4 to E5, P2 to P3: process.md 3.5; the rest graph.md 13.2.
    "Power Apps": {
        "POWERAPPS_O365_S1": "e0287f9f-e222-4f98-9a83-f379e249159a",
        "POWERAPPS_O365_P1": "92f7a6f3-b89b-4bbd-8c30-809e6da5ad1c",
        "POWERAPPS_O365_P2": "c68f8d98-5534-41c8-bf36-22fa496fa792",
        "POWERAPPS_O365_P3": "9c0dab89-a30c-4117-86e7-97bda240acd2",
    },
    # E4 to E5, E3 to E5: process.md 3.5; the rest graph.md 13.2.
    "Stream": {
        "STREAM_O365_K": "3ffba0d2-38e5-4d5e-8ec0-98f2b05c09d9",
        "STREAM_O365_SMB": "3c53ea51-d578-46fa-a4c0-fd0a92809a60",
        "STREAM_O365_E1": "743dd19e-1ce3-4c62-a3ad-49ba8f63a2f6",
        "STREAM_O365_E3": "9e700747-8b1d-45e5-ab8d-ef187ceec156",
        "STREAM_O365_E5": "6c6042f5-6f01-4d67-b8c1-eb99d36eed3e",
    },
    # graph.md 13.2, like the next five.
    "Copilot Studio": {
        "POWER_VIRTUAL_AGENTS_O365_F1": "ba2fdb48-290b-4632-b46a-e4ecc58ac11a",
        "POWER_VIRTUAL_AGENTS_O365_P1": "0683001c-0492-4d59-9515-d9a6426b5813",
        "POWER_VIRTUAL_AGENTS_O365_P2": "041fe683-03e4-45b6-b1af-c0cdc516daee",
        "POWER_VIRTUAL_AGENTS_O365_P3": "ded3d325-1bdc-453e-8432-5bac26d7a014",
    },
    "Project for Office": {
        "PROJECT_O365_F3": "7f6f28c2-34bb-4d4b-be36-48ca2e77e1ec",
        "PROJECT_O365_P1": "a55dfd10-0864-46d9-a3cd-da5991a3e0e2",
        "PROJECT_O365_P2": "31b4e2fc-4cd6-4e7d-9c1b-41407303bd66",
        "PROJECT_O365_P3": "b21a6b06-1988-436e-a07b-51ec6d9f52ad",
    },
    "Whiteboard": {
        "WHITEBOARD_FIRSTLINE1": "36b29273-c6d0-477a-aca6-6fbe24f538e3",
        "WHITEBOARD_PLAN1": "b8afc642-032e-4de5-8c0a-507a7bba7e5d",
        "WHITEBOARD_PLAN2": "94a54592-cd8b-425e-87c6-97868b000b91",
        "WHITEBOARD_PLAN3": "4a51bca5-1eff-43f5-878c-177680f191af",
    },
    "Common Data Service": {
        "DYN365_CDS_O365_F1": "ca6e61ec-d4f4-41eb-8b88-d96e0e14323f",
        "DYN365_CDS_O365_P1": "40b010bb-0b69-4654-ac5e-ba161433f4b4",
        "DYN365_CDS_O365_P2": "4ff01e01-1ba7-4d71-8cf8-ce96c3bbcf14",
        "DYN365_CDS_O365_P3": "28b0fa46-c39a-4188-89e2-58e979a6b014",
    },
    "Common Data Service for Teams": {
        "CDS_O365_F1": "90db65a7-bf11-4904-a79f-ef657605145b",
        "CDS_O365_P1": "bed136c6-b799-4462-824d-fc045d3a9d25",
        "CDS_O365_P2": "95b76021-6a53-4741-ab8b-1d1f3d66a95a",
        "CDS_O365_P3": "afa73018-811e-46e9-988f-f75d2b1b8430",
    },
    "Kaizala": {
        "KAIZALA_O365_P1": "73b2a583-6a59-42e3-8e83-54db46bc3278",
        "KAIZALA_O365_P2": "54fc630f-5a40-48ee-8965-af0503c1386e",
        "KAIZALA_O365_P3": "aebd3021-9f8f-4bf8-bbe3-0ed2f4f047a1",
        "KAIZALA_STANDALONE": "0898bdbb-73b0-471a-81e5-20f1fe4dd66e",
    },
    # graph.md 13.2.
    "Rights Management": {
        "RMS_S_BASIC": "31cf2cfc-6b0d-4adc-a336-88b724ed8122",
        "RMS_S_ENTERPRISE": "bea4c11e-220a-4e6d-8eb8-8ea15d019f90",
    },
    # Discovery only (Microsoft 365 E3), the whole (Microsoft 365 E5): product table.
    "Defender for Cloud Apps": {
        "ADALLOM_S_DISCOVERY": "932ad362-64a8-4783-9106-97849a1a30b9",
        "ADALLOM_S_STANDALONE": "2e2ddb96-6af9-4b1d-a3f0-d6ecfd22edb2",
    },
    # Plan 1 (Microsoft 365 E3), for Business (Business Premium), Plan 2 (Microsoft 365 E5): product table.
    "Defender for Endpoint": {
        "MDE_LITE": "292cc034-7b7c-4950-aaf5-943befd3f1d4",
        "MDE_SMB": "bfc1bbd9-981b-4f71-9b82-17c35fd0e2a4",
        "WINDEFATP": "871d91ec-ec1a-452b-a83f-bd76c7d770ef",
    },
    # Local only (F3), Business (Business Premium), Enterprise (Microsoft 365 E3): product table.
    "Windows": {
        "WIN10_ENT_LOC_F1": "e041597c-9c7f-4ed9-99b0-2663301576f7",
        "WINBIZ": "8e229017-d77b-43d5-9305-903395523b99",
        "WIN10_PRO_ENT_SUB": "21b439ba-a0ca-424f-a6cc-52f954a5b111",
    },
    # Plan 1, Plan 3: product table, like the next two.
    "Project": {
        "PROJECT_P1": "4a12c688-56c6-461a-87b1-30d6f32136f9",
        "PROJECT_PROFESSIONAL": "818523f5-016b-4355-9be8-ed6944946ea7",
    },
    "Common Data Service for Project": {
        "DYN365_CDS_FOR_PROJECT_P1": "a6f677b3-62a6-4644-93e7-2a85d240845e",
        "DYN365_CDS_PROJECT": "50554c47-71d9-49fd-bc54-42a2765c555c",
    },
    "Power Automate for Project": {
        "Power_Automate_For_Project_P1": "00283e6b-2bd8-440f-a2d5-87358e4c89a1",
        "FLOW_FOR_PROJECT": "fa200448-008c-4acb-abd4-ea106ed2199d",
    },
    # The same for government tenants, by their names in the product table.
    "Exchange Online (government)": {
        "EXCHANGE_S_DESKLESS_GOV": "88f4d7ef-a73b-4246-8047-516022144c9f",
        "EXCHANGE_S_STANDARD_GOV": "e9b4930a-925f-45e2-ac2a-3f7788ca6fdd",
        "EXCHANGE_S_ENTERPRISE_GOV": "8c3069c0-ccdb-44be-ab77-986203a67df2",
    },
    "SharePoint (government)": {
        "SHAREPOINTDESKLESS_GOV": "b1aeb897-3a19-46e2-8c27-a609413cf193",
        "SHAREPOINTENTERPRISE_GOV": "153f85dd-d912-4762-af6c-d6e0fb4f6692",
    },
    "Office apps (government)": {
        "OFFICEMOBILE_SUBSCRIPTION_GOV": "4ccb60ee-9523-48fd-8f63-4b090f1ad77a",
        "OFFICESUBSCRIPTION_GOV": "de9234ff-6483-44d9-b15e-dca72fdd27af",
    },
    "Forms (government)": {
        "FORMS_GOV_F1": "bfd4133a-bbf3-4212-972b-60412137c428",
        "FORMS_GOV_E1": "f4cba850-4f34-4fd2-a341-0fddfdce1e8f",
        "FORMS_GOV_E3": "24af5f65-d0f3-467b-9f78-ea798c4aeffc",
        "FORMS_GOV_E5": "843da3a8-d2cc-4e7a-9e90-dc46019f964c",
    },
    "Power Automate (government)": {
        "FLOW_O365_S1_GOV": "5d32692e-5b24-4a59-a77e-b2a8650e25c1",
        "FLOW_O365_P1_GOV": "ad6c8870-6356-474c-901c-64d7da8cea48",
        "FLOW_O365_P2_GOV": "c537f360-6a00-4ace-a7f5-9128d0ac1e4b",
        "FLOW_O365_P3_GOV": "8055d84a-c172-42eb-b997-6c2ae4628246",
    },
    "Power Apps (government)": {
        "POWERAPPS_O365_S1_GOV": "49f06c3d-da7d-4fa0-bcce-1458fdd18a59",
        "POWERAPPS_O365_P1_GOV": "c42aa49a-f357-45d5-9972-bc29df885fee",
        "POWERAPPS_O365_P2_GOV": "0a20c815-5e81-4727-9bdc-2b5a117850c3",
        "POWERAPPS_O365_P3_GOV": "0eacfc38-458a-40d3-9eab-9671258f1a3e",
    },
    "Stream (government)": {
        "STREAM_O365_K_GOV": "d65648f1-9504-46e4-8611-2658763f28b8",
        "STREAM_O365_E1_GOV": "15267263-5986-449d-ac5c-124f3b49b2d6",
        "STREAM_O365_E3_GOV": "2c1ada27-dbaa-46f9-bda6-ecb94445f758",
        "STREAM_O365_E5_GOV": "92c2089d-9a53-49fe-b1a6-9e6bdf959547",
    },
    "Project for Office (government)": {
        "PROJECT_O365_P2_GOV": "e7d09ae4-099a-4c34-a2a2-3e166e95c44a",
        "PROJECT_O365_P3_GOV": "9b7c50ec-cd50-44f2-bf48-d72de6f90717",
    },
    "Common Data Service (government)": {
        "DYN365_CDS_O365_F1_GCC": "29007dd3-36c0-4cc2-935d-f5bca2c2c473",
        "DYN365_CDS_O365_P1_GCC": "8eb5e9bc-783f-4425-921a-c65f45dd72c6",
        "DYN365_CDS_O365_P2_GCC": "06162da2-ebf9-4954-99a0-00fee96f95cc",
        "DYN365_CDS_O365_P3_GCC": "a7d3fb37-b6df-4085-b509-50810d991a39",
    },
    "Common Data Service for Teams (government)": {
        "CDS_O365_F1_GCC": "5e05331a-0aec-437e-87db-9ef5934b5771",
        "CDS_O365_P1_GCC": "959e5dec-6522-4d44-8349-132c27c3795a",
        "CDS_O365_P2_GCC": "a70bbf38-cdda-470d-adb8-5804b8770f41",
        "CDS_O365_P3_GCC": "bce5e5ca-c2fd-4d53-8ee2-58dfffed4c10",
    },
    # For schools, by their names in the product table: A3 to A5, and A1 to A3.
    "Forms (education)": {
        "OFFICE_FORMS_PLAN_2": "9b5de886-f035-4ff2-b3d8-c9127bea3620",
        "OFFICE_FORMS_PLAN_3": "96c1e14a-ef43-418d-b115-9636cdaa8eed",
    },
    "School Data Sync": {
        "SCHOOL_DATA_SYNC_P1": "c33802dd-1b50-4b9a-8bb9-f13d2cdeadac",
        "SCHOOL_DATA_SYNC_P2": "500b6a2a-7a50-4f40-b5f9-160e5b8c2f48",
    },
}

#: Plan → plans that other products list apart and that this one has within it.
_WITHIN: dict[str, tuple[str, ...]] = {
    # EXCHANGE_S_ENTERPRISE: the archive (EXCHANGE_S_ARCHIVE_ADDON) and data loss prevention (BPOS_S_DlpAddOn) that
    # Business Premium lists beside its Plan 1: Exchange Online service description.
    "efb87545-963c-4e0d-99df-69c6916d9eb0": (
        "176a09a6-7ec5-4039-ac02-b2791c6ba793",
        "9bec7e34-c9fa-40b7-a9d1-bd6d1165c7ed",
    ),
    # OFFICESUBSCRIPTION: OFFICE_SHARED_COMPUTER_ACTIVATION, which Business Premium lists beside its apps: overview of
    # shared computer activation.
    "43de0ff5-c92c-492b-9116-175376d08c38": ("276d6e8a-f056-4f70-b7e8-4fc27f79f809",),
}

#: EXCHANGE_S_FOUNDATION and the government's: in 290 products, always company-wide, nothing that a person would use.
FOUNDATIONS = frozenset({"113feb6c-3fe4-4440-bddc-54d774bf0318", "922ba911-5694-4e99-a794-73aed9bfeec8"})

_TIER_OF = {plan: (service, n) for service, plans in TIERS.items() for n, plan in enumerate(plans.values())}


#: Service → the highest tier that is given, and the plan that gives it.
Levels = dict[str, tuple[int, str]]


def tier(plan: str) -> tuple[str, int]:
    """The service of this plan and its tier, 0 the lowest. A plan without tiers is a service of its own."""
    return _TIER_OF.get(plan) or (plan, 0)


def levels(plans: Iterable[str]) -> Levels:
    """The services that these plans give, with those within them."""
    found: Levels = {}
    for plan in plans:
        for service, level in (_TIER_OF.get(plan) or (plan, 0), *((part, 0) for part in _WITHIN.get(plan, ()))):
            if found.get(service, (-1, "")) < (level, plan):
                found[service] = (level, plan)
    return found
