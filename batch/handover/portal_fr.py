"""French."""

from __future__ import annotations

from batch.handover.wording import Labels, Words

FRENCH = Words(
    lang="fr",
    labels=Labels(
        users="Utilisateurs > Utilisateurs actifs",
        manage="Gérer les licences de produits",
        more="Plus d’options (...)",
        replace="Remplacer les attributions de licence de produit existantes",
        replace_now="Remplacer [Replace]",
        assign_more="Affecter plus : conserver les licences existantes et en affecter d’autres",
        assign_before="Ajouter aux attributions de licence de produit existantes",
        unassign_all="Tout annuler [Unassign all]",
        next="Suivant",
        apps="Applications [Apps]",
        save="Enregistrer les modifications",
        licenses="Facturation > Licences",
        unassign_licenses="Annuler l’attribution des licences [Unassign licenses]",
        unassign="Annuler l’attribution [Unassign]",
        user_apps="Licences et applications",
        location="Sélectionner un emplacement [Select location]",
        export="Exporter les utilisateurs [Export users]",
    ),
    packs="Lots",
    pack="Lot",
    pack_number="Lot {number}",
    pack_of="Lot {number} sur {of}",
    people="Personnes",
    name="Nom d’affichage",
    user_name="Nom d’utilisateur",
    done_heading="Fait ?",
    done="fait",
    not_done="non fait",
    done_so_far="Fait jusqu’ici",
    remark="Remarque",
    done_by="Fait par",
    date="Date",
    signature="Signature",
    steps="Étapes",
    replace="tout remplacer",
    keep="donner, puis retirer",
    keep_give="donner",
    keep_take="retirer",
    licences="Licences à la fin",
    location="Emplacement d’utilisation [Usage location]",
    about="À propos",
    move="Passage",
    run="Exécution",
    handover="Transmission",
    organisation="Organisation",
    made="Établi le",
    file="FICHIER",
    digest="Empreinte",
    page_of="page {page} sur {pages}",
    tick="Coché à la fin",
    stays="reste",
    greyed="la coche grise reste",
    new="nouveau",
    off="À désactiver : {services}",
    do_not_tick="Ne doit pas être coché",
    through_groups="Par des groupes (en gris) : ne pas toucher",
    nothing="rien",
    copy="Noms d’utilisateur à copier",
    tick_off="Ce lot est terminé",
    look_replace="Regardez d’abord, sous {users} : quelqu’un ci-dessous a-t-il une licence que cette page ne cite "
    "pas ? Laissez cette personne de côté et notez-le. Le remplacement lui retirerait cette licence.",
    look_keep="Regardez d’abord, sous {users} : chaque personne ci-dessous a-t-elle encore {gone} ? Laissez de côté "
    "celles qui ne l’ont plus, et notez-le.",
    look_give="Regardez d’abord, sous {users} : chaque personne ci-dessous est-elle encore là ? Laissez de côté "
    "celles qui n’y sont plus, et notez-le.",
    set_location="Définissez l’emplacement d’utilisation [Usage location] {value} pour chaque personne ci-dessous "
    "qui n’en a pas : ouvrez la personne > {user_apps} > {location} > {save}.",
    select="Sous {users}, sélectionnez le cercle à côté de chaque personne du tableau ci-dessous, et personne "
    "d’autre. Il y en a {people}.",
    open_pane="En haut, choisissez {manage}. S’il n’y est pas, regardez sous {more}.",
    choose_replace="Choisissez {replace} > {next}. Portails plus récents : le choix qui commence par {replace_now}.",
    choose_more="Choisissez {assign_more} > {next}. Portails plus anciens : {assign_before}.",
    choose_none="Choisissez {unassign_all}.",
    tick_all="Cochez ce qui figure dans le cadre « Coché à la fin » : tout, et rien d’autre.",
    tick_given="Cochez {given}, et rien d’autre.",
    switch_off="Sous {apps}, désactivez les services cités dans le cadre. Laissez tous les autres activés.",
    leave_on="Sous {apps}, laissez tout activé.",
    save="Choisissez {save}. Portails plus anciens : {replace_now}.",
    save_kept="Choisissez {save}.",
    look_given="Vérifiez que chaque personne a maintenant aussi {given}. Celles qui ne l’ont pas gardent l’ancienne "
    "licence : laissez-les de côté pour la suite, et notez-le.",
    take_away="Retirez l’ancienne licence. Ouvrez {gone} sous {licenses}, sélectionnez les mêmes personnes, puis "
    "{unassign_licenses} > {unassign}.",
    each_product="Procédez un produit après l’autre.",
    in_turns="Cette page accepte {limit} personnes à la fois : procédez en plusieurs fois.",
    look_last="Vérifiez encore : chaque personne a exactement ce que dit le cadre, et personne n’est sans licence. "
    "Cochez-les ci-dessous.",
    in_order="Suivez l’ordre des numéros : un lot libère les licences dont un lot suivant a besoin.",
    many="Ce lot compte {people} personnes. Seule la page {users} en accepte plus de {limit} à la fois.",
    back="Une fois terminé : notez-le dans {workbook} et rendez ce fichier. La personne qui a préparé les lots "
    "l’importe : {command} ({file} : là où il est enregistré). Ce qui compte à la fin, c’est un nouvel export.",
    title="Changer les licences à la main",
    part="Partie {part} sur {parts} : lots {first} à {last}",
    what="Chaque page qui suit est un lot : des personnes qui ont à la fin exactement les mêmes licences, et que "
    "l’on traite en une fois dans le Centre d’administration Microsoft 365.",
    order="Suivez l’ordre des numéros. Un lot libère les licences dont un lot suivant a besoin ; dans un autre "
    "ordre, elles viennent à manquer en cours de route.",
    how="Comment procéder",
    how_work="Traitez un lot, étape par étape. Cochez chaque personne, sur papier ou dans le classeur ({workbook}).",
    how_sign="Signez le lot sur sa page : qui l’a traité, et quand.",
    how_back="Rendez le classeur quand vous voulez, même à moitié rempli. La personne qui a préparé les lots "
    "l’importe : {command} ({file} : là où il est enregistré).",
    how_proof="Seul ce que montre un nouvel export compte comme fait. Refaites donc un export à la fin ({users} > "
    "{export}) et rendez-le aussi. La même commande l’importe.",
    never="Ce qu’il ne faut pas faire",
    never_others="Ne remplacez jamais les licences d’une personne absente du tableau de la page : le remplacement "
    "retire tout ce qu’elle avait.",
    never_mix="N’ajoutez personne à un lot, et ne réunissez pas deux lots.",
    never_groups="Ne touchez pas aux licences qui viennent de groupes. Elles sont en gris.",
    never_guess="Le portail annonce quelque chose que la page ne dit pas (pas assez de licences, un conflit) ? "
    "Arrêtez-vous, notez-le et demandez.",
    look="Regardez avant chaque lot. Une personne qui a une licence absente de la page est laissée de côté : "
    "notez-le en remarque.",
    first_packs="Les {shown} premiers lots sur {packs}. Les autres suivent de la même façon.",
    how_to_tick="Écrivez x ou la date sous « Fait ? » pour chaque personne traitée. Laissez les autres vides, ou "
    "dites pourquoi sous « Remarque ».",
    how_to_move_rows="On peut trier les lignes et ajouter des colonnes. La colonne masquée Ref doit rester : c’est "
    "elle qui dit au programme de qui il s’agit.",
)
