"""Spanish."""

from __future__ import annotations

from batch.handover.wording import Labels, Words

SPANISH = Words(
    lang="es",
    labels=Labels(
        users="Usuarios > Usuarios activos",
        manage="Administrar licencias de producto",
        more="Más opciones (...)",
        replace="Reemplazar las asignaciones de licencias de producto existentes",
        replace_now="Reemplazar [Replace]",
        assign_more="Asignar más: mantener las licencias existentes y asignar más",
        assign_before="Agregar a las asignaciones de licencias de producto existentes",
        unassign_all="Cancelar todas [Unassign all]",
        next="Siguiente",
        apps="Aplicaciones [Apps]",
        save="Guardar cambios",
        licenses="Facturación > Licencias",
        unassign_licenses="Cancelar asignación de licencias [Unassign licenses]",
        unassign="Cancelar asignación",
        user_apps="Licencias y aplicaciones",
        location="Seleccionar ubicación [Select location]",
        export="Exportar usuarios [Export users]",
    ),
    packs="Lotes",
    pack="Lote",
    pack_number="Lote {number}",
    pack_of="Lote {number} de {of}",
    people="Personas",
    name="Nombre para mostrar",
    user_name="Nombre de usuario",
    done_heading="¿Hecho?",
    done="hecho",
    not_done="no hecho",
    done_so_far="Hecho hasta ahora",
    remark="Observación",
    done_by="Hecho por",
    date="Fecha",
    signature="Firma",
    steps="Pasos",
    replace="reemplazar todo",
    keep="dar y luego quitar",
    keep_give="dar",
    keep_take="quitar",
    licences="Licencias al final",
    location="Ubicación de uso [Usage location]",
    about="Acerca de",
    move="Cambio",
    run="Ejecución",
    handover="Entrega",
    organisation="Organización",
    made="Creado",
    file="ARCHIVO",
    digest="Huella",
    page_of="página {page} de {pages}",
    tick="Marcado al final",
    stays="se queda",
    greyed="la marca gris se queda",
    new="nuevo",
    off="Desactivar: {services}",
    do_not_tick="No debe estar marcado",
    through_groups="Por grupos (en gris): no tocar",
    nothing="nada",
    copy="Nombres de usuario para copiar",
    tick_off="Este lote está hecho",
    look_replace="Mire primero, en {users}: ¿tiene alguien de abajo una licencia que esta página no nombra? Deje "
    "fuera a esa persona y anótelo. Al reemplazar perdería esa licencia.",
    look_keep="Mire primero, en {users}: ¿tienen todos los de abajo todavía {gone}? Deje fuera a quien ya no, y "
    "anótelo.",
    look_give="Mire primero, en {users}: ¿siguen ahí todos los de abajo? Deje fuera a quien no esté, y anótelo.",
    set_location="Ponga la ubicación de uso [Usage location] {value} a quien de abajo no tenga ninguna: abra la "
    "persona > {user_apps} > {location} > {save}.",
    select="En {users}, seleccione el círculo junto a cada persona de la tabla de abajo y a nadie más. Son {people}.",
    open_pane="Arriba, elija {manage}. Si no está, búsquelo en {more}.",
    choose_replace="Elija {replace} > {next}. En portales más nuevos: la opción que empieza por {replace_now}.",
    choose_more="Elija {assign_more} > {next}. En portales más antiguos: {assign_before}.",
    choose_none="Elija {unassign_all}.",
    tick_all="Marque lo que dice el recuadro «Marcado al final»: todo, y nada más.",
    tick_given="Marque {given}, y nada más.",
    switch_off="En {apps}, desactive los servicios que nombra el recuadro. Deje activados todos los demás.",
    leave_on="En {apps}, déjelo todo activado.",
    save="Elija {save}. En portales más antiguos: {replace_now}.",
    save_kept="Elija {save}.",
    look_given="Compruebe que ahora todos tienen también {given}. Quien no lo tenga conserva la licencia antigua: "
    "déjelo fuera de lo que sigue, y anótelo.",
    take_away="Quite lo antiguo. Abra {gone} en {licenses}, seleccione a las mismas personas y elija "
    "{unassign_licenses} > {unassign}.",
    each_product="Haga un producto tras otro.",
    in_turns="Esa página admite {limit} personas a la vez: hágalo en varias veces.",
    look_last="Compruebe otra vez: cada persona tiene exactamente lo que dice el recuadro, y nadie está sin "
    "licencia. Márquelas abajo.",
    in_order="Haga los lotes por el orden de sus números: un lote libera las licencias que necesita otro posterior.",
    many="Este lote tiene {people} personas. Solo {users} admite más de {limit} a la vez.",
    back="Cuando esté hecho: anótelo en {workbook} y devuelva ese archivo. Quien preparó los lotes lo importa: "
    "{command} ({file}: donde se guardó). Lo que cuenta al final es una exportación nueva.",
    title="Cambiar licencias a mano",
    part="Parte {part} de {parts}: lotes {first} a {last}",
    what="Cada página que sigue es un lote: personas que al final tienen exactamente las mismas licencias y que se "
    "cambian de una vez en el Centro de administración de Microsoft 365.",
    order="Haga los lotes por el orden de sus números. Un lote libera las licencias que necesita otro posterior; en "
    "otro orden se acaban a medio camino.",
    how="Cómo se hace",
    how_work="Haga un lote, paso a paso. Marque a cada persona, en papel o en el libro ({workbook}).",
    how_sign="Firme el lote en su página: quién lo hizo y cuándo.",
    how_back="Devuelva el libro cuando quiera, aunque esté a medias. Quien preparó los lotes lo importa: {command} "
    "({file}: donde se guardó).",
    how_proof="Solo lo que muestra una exportación nueva cuenta como hecho. Por eso, al terminar, exporte otra vez "
    "({users} > {export}) y devuélvala también. Se importa con el mismo comando.",
    never="Lo que no debe hacer",
    never_others="No reemplace nunca las licencias de alguien que no está en la tabla de esa página: reemplazar "
    "quita todo lo que tenía.",
    never_mix="No añada a nadie a un lote, ni junte dos lotes.",
    never_groups="No toque las licencias que vienen de grupos. Están en gris.",
    never_guess="¿Dice el portal algo que la página no dice (faltan licencias, un conflicto)? Pare, anótelo y "
    "pregunte.",
    look="Mire antes de cada lote. Quien tenga una licencia que no está en la página se deja fuera: escríbalo como "
    "observación.",
    first_packs="Los primeros {shown} de {packs} lotes. Los demás siguen de la misma manera.",
    how_to_tick="Escriba x o la fecha bajo «¿Hecho?» junto a quien esté hecho. Deje vacíos los demás, o diga por qué "
    "bajo «Observación».",
    how_to_move_rows="Se pueden ordenar las filas y añadir columnas. La columna oculta Ref debe quedarse: por ella "
    "sabe el programa de quién se trata.",
)
