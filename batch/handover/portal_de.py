"""German."""

from __future__ import annotations

from batch.handover.wording import Labels, Words

GERMAN = Words(
    lang="de",
    labels=Labels(
        users="Benutzer > Aktive Benutzer",
        manage="Produktlizenzen verwalten",
        more="Weitere Optionen (...)",
        replace="Vorhandene Produktlizenzzuweisungen ersetzen",
        replace_now="Ersetzen [Replace]",
        assign_more="Mehr zuweisen [Assign more: Keep the existing licenses and assign more]",
        assign_before="Zu vorhandenen Produktlizenzzuweisungen hinzufügen",
        unassign_all="Zuweisung für alle aufheben [Unassign all]",
        next="Weiter",
        apps="Apps",
        save="Änderungen speichern",
        licenses="Abrechnung > Lizenzen",
        unassign_licenses="Lizenzzuweisung aufheben [Unassign licenses]",
        unassign="Zuweisung aufheben",
        user_apps="Lizenzen und Apps",
        location="Standort auswählen [Select location]",
        export="Benutzer exportieren [Export users]",
    ),
    packs="Pakete",
    pack="Paket",
    pack_number="Paket {number}",
    pack_of="Paket {number} von {of}",
    people="Personen",
    name="Anzeigename",
    user_name="Benutzername",
    done_heading="Erledigt?",
    done="erledigt",
    not_done="nicht erledigt",
    done_so_far="Bisher erledigt",
    remark="Bemerkung",
    done_by="Erledigt von",
    date="Datum",
    signature="Unterschrift",
    steps="Schritte",
    replace="alles ersetzen",
    keep="geben, dann wegnehmen",
    keep_give="geben",
    keep_take="wegnehmen",
    licences="Lizenzen am Ende",
    location="Verwendungsstandort [Usage location]",
    about="Über diese Mappe",
    move="Umstellung",
    run="Lauf",
    handover="Übergabe",
    organisation="Organisation",
    made="Erstellt",
    file="DATEI",
    digest="Prüfsumme",
    page_of="Seite {page} von {pages}",
    tick="Am Ende angehakt",
    stays="bleibt",
    greyed="der graue Haken bleibt",
    new="neu",
    off="Ausschalten: {services}",
    do_not_tick="Darf nicht angehakt sein",
    through_groups="Über Gruppen (ausgegraut): nicht anfassen",
    nothing="nichts",
    copy="Benutzernamen zum Kopieren",
    tick_off="Dieses Paket ist erledigt",
    look_replace="Sehen Sie zuerst unter {users} nach: Hat jemand aus der Liste unten eine Lizenz, die nicht auf "
    "dieser Seite steht? Lassen Sie diese Person aus und vermerken Sie es. Beim Ersetzen ginge diese Lizenz "
    "verloren.",
    look_keep="Sehen Sie zuerst unter {users} nach: Haben alle aus der Liste unten noch {gone}? Lassen Sie aus, wer "
    "das nicht mehr hat, und vermerken Sie es.",
    look_give="Sehen Sie zuerst unter {users} nach: Sind alle aus der Liste unten noch da? Lassen Sie aus, wer "
    "fehlt, und vermerken Sie es.",
    set_location="Stellen Sie den Verwendungsstandort [Usage location] {value} bei allen aus der Liste unten ein, "
    "die noch keinen haben: Person öffnen > {user_apps} > {location} > {save}.",
    select="Markieren Sie unter {users} den Kreis neben jeder Person aus der Liste unten und sonst niemanden. Es "
    "sind {people}.",
    open_pane="Wählen Sie oben {manage}. Fehlt es dort, steht es unter {more}.",
    choose_replace="Wählen Sie {replace} > {next}. In neueren Portalen: die Auswahl, die mit {replace_now} beginnt.",
    choose_more="Wählen Sie {assign_more} > {next}. In älteren Portalen: {assign_before}.",
    choose_none="Wählen Sie {unassign_all}.",
    tick_all="Haken Sie an, was im Feld „Am Ende angehakt“ steht: alles davon und sonst nichts.",
    tick_given="Haken Sie {given} an und sonst nichts.",
    switch_off="Schalten Sie unter {apps} die Dienste aus, die im Feld stehen. Alle anderen bleiben an.",
    leave_on="Lassen Sie unter {apps} alles an.",
    save="Wählen Sie {save}. In älteren Portalen: {replace_now}.",
    save_kept="Wählen Sie {save}.",
    look_given="Sehen Sie nach, ob jetzt alle auch {given} haben. Wer das nicht hat, behält die alte Lizenz: Lassen "
    "Sie diese Person bei den nächsten Schritten aus und vermerken Sie es.",
    take_away="Nehmen Sie das Alte weg. Öffnen Sie {gone} unter {licenses}, markieren Sie dieselben Personen, dann "
    "{unassign_licenses} > {unassign}.",
    each_product="Ein Produkt nach dem anderen.",
    in_turns="Diese Seite nimmt {limit} Personen auf einmal, also in mehreren Durchgängen.",
    look_last="Sehen Sie noch einmal nach: Alle haben genau, was im Feld steht, und niemand ist ohne Lizenz. Haken "
    "Sie sie unten ab.",
    in_order="Halten Sie die Reihenfolge der Nummern ein: Ein früheres Paket macht die Lizenzen frei, die ein "
    "späteres braucht.",
    many="Dieses Paket hat {people} Personen. Nur {users} nimmt mehr als {limit} auf einmal.",
    back="Wenn es erledigt ist: in {workbook} eintragen und die Mappe zurückgeben. Wer die Pakete erstellt hat, liest "
    "sie ein: {command} ({file}: wo sie gespeichert ist). Was am Ende zählt, ist ein neuer Export.",
    title="Lizenzen von Hand umstellen",
    part="Teil {part} von {parts}: Pakete {first} bis {last}",
    what="Jede Seite nach dieser ist ein Paket: Personen, die am Ende genau dieselben Lizenzen haben und im "
    "Microsoft 365 Admin Center auf einmal umgestellt werden.",
    order="Halten Sie die Reihenfolge der Nummern ein. Ein früheres Paket macht die Lizenzen frei, die ein späteres "
    "braucht; in anderer Reihenfolge gehen sie auf halbem Weg aus.",
    how="So gehen Sie vor",
    how_work="Ein Paket nach dem anderen, Schritt für Schritt. Haken Sie jede Person ab, auf Papier oder in der "
    "Arbeitsmappe ({workbook}).",
    how_sign="Unterschreiben Sie das Paket auf seiner Seite: wer es erledigt hat und wann.",
    how_back="Geben Sie die Arbeitsmappe zurück, wann Sie möchten, auch halb fertig. Wer die Pakete erstellt hat, "
    "liest sie ein: {command} ({file}: wo sie gespeichert ist).",
    how_proof="Nur was ein neuer Export zeigt, gilt als erledigt. Exportieren Sie also zum Schluss noch einmal "
    "({users} > {export}) und geben Sie auch den zurück. Eingelesen wird er mit demselben Befehl.",
    never="Was Sie nicht tun dürfen",
    never_others="Ersetzen Sie nie die Lizenzen von jemandem, der nicht in der Tabelle dieser Seite steht: Das "
    "Ersetzen nimmt alles weg, was die Person hatte.",
    never_mix="Nehmen Sie niemanden zu einem Paket hinzu und legen Sie keine zwei Pakete zusammen.",
    never_groups="Lassen Sie Lizenzen, die über Gruppen kommen, in Ruhe. Sie sind ausgegraut.",
    never_guess="Meldet das Portal etwas, das nicht auf der Seite steht (zu wenige Lizenzen, ein Konflikt)? Halten "
    "Sie an, vermerken Sie es und fragen Sie nach.",
    look="Sehen Sie vor jedem Paket nach. Wer eine Lizenz hat, die nicht auf der Seite steht, wird ausgelassen: "
    "Schreiben Sie es als Bemerkung auf.",
    first_packs="Die ersten {shown} von {packs} Paketen. Die anderen folgen auf dieselbe Weise.",
    how_to_tick="Schreiben Sie unter „Erledigt?“ ein x oder das Datum zu allen, die erledigt sind. Lassen Sie die "
    "anderen leer, oder schreiben Sie unter „Bemerkung“, warum nicht.",
    how_to_move_rows="Zeilen dürfen sortiert und Spalten ergänzt werden. Die ausgeblendete Spalte Ref muss bleiben: "
    "An ihr erkennt das Programm, wer gemeint ist.",
)
