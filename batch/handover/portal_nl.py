"""Dutch."""

from __future__ import annotations

from batch.handover.wording import Labels, Words

DUTCH = Words(
    lang="nl",
    labels=Labels(
        users="Gebruikers > Actieve gebruikers",
        manage="Productlicenties beheren",
        more="Meer opties (...)",
        replace="Bestaande toewijzingen van productlicenties vervangen",
        replace_now="Vervangen [Replace]",
        assign_more="Meer toewijzen: De bestaande licenties behouden en meer toewijzen",
        assign_before="Toevoegen aan bestaande productlicentietoewijzingen",
        unassign_all="Alles intrekken [Unassign all]",
        next="Volgende",
        apps="Apps",
        save="Wijzigingen opslaan",
        licenses="Facturering > Licenties",
        unassign_licenses="Licenties intrekken [Unassign licenses]",
        unassign="Intrekken [Unassign]",
        user_apps="Licenties en apps",
        location="Locatie selecteren [Select location]",
        export="Gebruikers exporteren [Export users]",
    ),
    packs="Pakketten",
    pack="Pakket",
    pack_number="Pakket {number}",
    pack_of="Pakket {number} van {of}",
    people="Personen",
    name="Weergavenaam",
    user_name="Gebruikersnaam",
    done_heading="Gedaan?",
    done="gedaan",
    not_done="niet gedaan",
    done_so_far="Tot nu toe gedaan",
    remark="Opmerking",
    done_by="Gedaan door",
    date="Datum",
    signature="Handtekening",
    steps="Stappen",
    replace="alles vervangen",
    keep="geven, dan intrekken",
    keep_give="geven",
    keep_take="intrekken",
    licences="Licenties aan het eind",
    location="Gebruikslocatie",
    about="Over deze map",
    move="Overstap",
    run="Run",
    handover="Overdracht",
    organisation="Organisatie",
    made="Gemaakt",
    file="BESTAND",
    digest="Controlecode",
    page_of="pagina {page} van {pages}",
    tick="Aangevinkt aan het eind",
    stays="blijft",
    greyed="het grijze vinkje blijft",
    new="nieuw",
    off="Uitzetten: {services}",
    do_not_tick="Mag niet aangevinkt zijn",
    through_groups="Via groepen (grijs): niet aankomen",
    nothing="niets",
    copy="Gebruikersnamen om te kopiëren",
    tick_off="Dit pakket is gedaan",
    look_replace="Kijk eerst, onder {users}: heeft iemand hieronder een licentie die niet op deze pagina staat? Sla "
    "die persoon over en noteer het. Bij vervangen raakt die persoon die licentie kwijt.",
    look_keep="Kijk eerst, onder {users}: heeft iedereen hieronder nog {gone}? Sla over wie die niet meer heeft, en "
    "noteer het.",
    look_give="Kijk eerst, onder {users}: staat iedereen hieronder er nog? Sla over wie er niet meer is, en noteer "
    "het.",
    set_location="Stel de gebruikslocatie {value} in voor iedereen hieronder die er nog geen heeft: open de persoon "
    "> {user_apps} > {location} > {save}.",
    select="Selecteer onder {users} het rondje naast elke persoon in de tabel hieronder, en verder niets. Het zijn "
    "er {people}.",
    open_pane="Kies bovenaan {manage}. Staat het er niet, kijk dan onder {more}.",
    choose_replace="Kies {replace} > {next}. In nieuwere portals: de keuze die begint met {replace_now}.",
    choose_more="Kies {assign_more} > {next}. In oudere portals: {assign_before}.",
    choose_none="Kies {unassign_all}.",
    tick_all="Vink aan wat in het vak “Aangevinkt aan het eind” staat: alles, en verder niets.",
    tick_given="Vink {given} aan, en verder niets.",
    switch_off="Zet onder {apps} de services uit die in het vak staan. Laat alle andere aan.",
    leave_on="Laat onder {apps} alles aan.",
    save="Kies {save}. In oudere portals: {replace_now}.",
    save_kept="Kies {save}.",
    look_given="Kijk of iedereen nu ook {given} heeft. Wie die niet heeft, houdt de oude licentie: sla die persoon "
    "bij de volgende stappen over, en noteer het.",
    take_away="Haal nu het oude weg. Open {gone} onder {licenses}, selecteer dezelfde personen, en kies "
    "{unassign_licenses} > {unassign}.",
    each_product="Doe het ene product na het andere.",
    in_turns="Die pagina neemt {limit} personen tegelijk, dus doe het in meerdere keren.",
    look_last="Kijk nog eens: iedereen heeft precies wat in het vak staat, en niemand zit zonder licentie. Vink hen "
    "hieronder af.",
    in_order="Doe de pakketten op volgorde van hun nummer: een eerder pakket maakt de licenties vrij die een later "
    "pakket nodig heeft.",
    many="Dit pakket telt {people} personen. Alleen {users} neemt er meer dan {limit} tegelijk.",
    back="Als het gedaan is: geef het aan in {workbook} en lever dat in. Wie de pakketten maakte, leest het in met "
    "{command} ({file}: waar het is opgeslagen). Wat telt, is uiteindelijk een nieuwe export.",
    title="Licenties met de hand omzetten",
    part="Deel {part} van {parts}: pakketten {first} tot en met {last}",
    what="Elke pagina hierna is een pakket: personen die aan het eind precies dezelfde licenties hebben en die in "
    "één keer worden omgezet in het Microsoft 365-beheercentrum.",
    order="Doe de pakketten op volgorde van hun nummer. Een eerder pakket maakt de licenties vrij die een later "
    "pakket nodig heeft; in een andere volgorde raken ze halverwege op.",
    how="Zo werkt het",
    how_work="Doe één pakket, stap voor stap. Vink elke persoon af, op papier of in de werkmap ({workbook}).",
    how_sign="Teken het pakket af op zijn pagina: wie het deed, en wanneer.",
    how_back="Lever de werkmap in wanneer u wilt, ook als die nog maar half af is. Wie de pakketten maakte, leest "
    "die in met {command} ({file}: waar die is opgeslagen).",
    how_proof="Alleen wat een nieuwe export laat zien, telt als gedaan. Exporteer dus opnieuw als u klaar bent "
    "({users} > {export}), en lever ook die in. Dat gaat met dezelfde opdracht.",
    never="Wat u niet mag doen",
    never_others="Vervang nooit de licenties van iemand die niet in de tabel op die pagina staat: vervangen haalt "
    "alles weg wat iemand had.",
    never_mix="Voeg niemand aan een pakket toe, en voeg geen twee pakketten samen.",
    never_groups="Kom niet aan licenties die via groepen komen. Ze zijn grijs.",
    never_guess="Meldt het portal iets dat niet op de pagina staat (te weinig licenties, een conflict)? Stop, noteer "
    "het en vraag het na.",
    look="Kijk vóór elk pakket. Wie een licentie heeft die niet op de pagina staat, slaat u over: schrijf het bij de "
    "opmerkingen.",
    first_packs="De eerste {shown} van {packs} pakketten. De andere volgen op dezelfde manier.",
    how_to_tick="Zet onder “Gedaan?” een x of de datum bij iedereen die gedaan is. Laat de anderen leeg, of schrijf "
    "onder “Opmerking” waarom niet.",
    how_to_move_rows="Rijen mogen gesorteerd en kolommen toegevoegd worden. De verborgen kolom Ref moet blijven: "
    "daaraan ziet het programma om wie het gaat.",
)
