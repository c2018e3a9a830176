"""Opens every baseline in a real QGIS: layers, styles, the stored project and its printed maps; and single layers.

Usage: QT_QPA_PLATFORM=offscreen /usr/bin/python3 tests/qgis/open.py OUT [PICTURES]

OUT holds baselines as `scale map` writes them, a folder each, and beside these folders the files of `scale clip`, `carry`,
`expose` and `access`, if there are any. A project is opened from a copy in another folder. Printed maps are written into
PICTURES, or into a folder that is removed afterwards.
"""

import os
import pathlib
import shutil
import sqlite3
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    QgsApplication,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsLayerTreeGroup,
    QgsLayoutExporter,
    QgsProject,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QVariant
from qgis.PyQt.QtGui import QImage
from qgis.PyQt.QtXml import QDomDocument

SCRIPT = "<script>alert('1')</script> & <img src=x>"
RAMP = {"#fde725", "#aadc32", "#5cc863", "#27ad81", "#21908d", "#2c728e", "#3b528b", "#472d7b", "#440154"}


def rules(layer):
    return [(rule.label(), rule.filterExpression()) for rule in layer.renderer().rootRule().children()]


def rules_of(qml):
    root = ElementTree.fromstring(qml[qml.index("<qgis"):])
    return [(rule.get("label"), rule.get("filter", "")) for rule in root.iter("rule")]


def tip_of(layer, feature):
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.setFeature(feature)
    return QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context)


def drawn(layer):
    """Every feature is drawn by some rule; gives back how many."""
    context = QgsRenderContext()
    context.expressionContext().appendScopes(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    renderer = layer.renderer()
    renderer.startRender(context, layer.fields())
    count = 0
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        assert renderer.willRenderFeature(feature, context), (layer.name(), feature.attributes())
        count += 1
    renderer.stopRender(context)
    return count


def check_style(layer, qml, where):
    """The layer looks as the style says: rules, names of columns, tips without a fault."""
    if layer.isSpatial():
        assert layer.renderer().type() == "RuleRenderer", (where, layer.renderer().type())
        assert rules(layer) == rules_of(qml) and rules(layer), where
        assert drawn(layer) == layer.featureCount(), where
        for _, text in rules(layer):
            assert not QgsExpression(text).hasParserError() or not text, (where, text)
    for field in layer.fields():
        assert field.alias() or field.name() == "fid", (where, field.name())
    for feature in layer.getFeatures():
        tip = tip_of(layer, feature)
        assert tip and "[%" not in tip and "NULL" not in tip, (where, tip)
        assert "<small>" in tip, (where, tip)
        for at, field in enumerate(layer.fields()):
            if field.isNumeric() or field.type() != QVariant.String:
                continue
            feature.setAttribute(at, SCRIPT)
        tip = tip_of(layer, feature)
        assert tip and "<script" not in tip, (where, "a cell enters a tip as it is", tip)
        break


def check_layers(file):
    """Each layer opens in its default style, and takes each of its other styles."""
    database = sqlite3.connect(file)
    names = [row[0] for row in database.execute("SELECT table_name FROM gpkg_contents ORDER BY 1")]
    assert "layer_styles" in names, file
    styles = 0
    for name in names:
        if name == "layer_styles":
            continue
        rows = database.execute(
            "SELECT styleName, styleQML, useAsDefault FROM layer_styles WHERE f_table_name = ? ORDER BY id", (name,)
        ).fetchall()
        assert [row[2] for row in rows] == [1] + [0] * (len(rows) - 1), (file, name, rows)
        layer = QgsVectorLayer(f"{file}|layername={name}", name, "ogr")
        assert layer.isValid(), (file, name)
        check_style(layer, rows[0][1], (file, name, "as opened"))
        count, _, found, *_ = layer.listStylesInDatabase()
        assert count == len(rows) and set(found) >= {row[0] for row in rows}, (file, name, count, found)
        for title, qml, _ in rows:
            document = QDomDocument()
            assert document.setContent(qml)[0], (file, name, title)
            applied, message = layer.importNamedStyle(document)
            assert applied, (file, name, title, message)
            check_style(layer, qml, (file, name, title))
            styles += 1
    for (xml,) in database.execute("SELECT metadata FROM gpkg_metadata"):
        assert ElementTree.fromstring(xml).tag == "{http://www.isotc211.org/2005/gmd}MD_Metadata"
    described = database.execute("SELECT count(DISTINCT table_name) FROM gpkg_metadata_reference").fetchone()[0]
    assert described == len(names) - 1, (file, described, names)
    return len(names) - 1, styles


def check_alone(file):
    """A single layer opens in classes, kinds or bands that differ in colour, and stores no project that names a file."""
    opened, styles = check_layers(file)
    database = sqlite3.connect(file)
    assert not database.execute("SELECT name FROM sqlite_master WHERE name = 'qgis_projects'").fetchall(), file
    (name,) = database.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'").fetchone()
    layer = QgsVectorLayer(f"{file}|layername={name}", name, "ogr")
    root = layer.renderer().rootRule()
    drawn_in = {rule.symbol().color().name() for rule in root.children() if shows_value(rule.filterExpression())}
    assert len(drawn_in) >= 2, (file, rules(layer))
    by_minutes = "minutes" in layer.fields().names()
    assert layer.renderer().orderByEnabled() == by_minutes, file
    if by_minutes:
        clause = layer.renderer().orderBy().list()[0]
        assert "minutes" in clause.expression().expression() and not clause.ascending(), file
    told = [label for label, _ in rules(layer)]
    print(f"{file.stem}: {opened} layer in {styles} styles; {'; '.join(told)}")


def shows_value(text):
    """Whether a rule is a class, a kind or a band, and no mark over these."""
    return "<=" in text or (" = " in text and "IN (" not in text)


def colours(picture):
    image = QImage(str(picture))
    assert not image.isNull(), picture
    steps = range(0, image.width(), 2), range(0, image.height(), 2)
    return {image.pixelColor(x, y).name() for x in steps[0] for y in steps[1]}


def check_project(file, elsewhere, pictures):
    """The stored project opens from another folder, with every layer, and prints maps that are not blank."""
    moved = elsewhere / "moved" / file.parent.name / file.name
    moved.parent.mkdir(parents=True)
    shutil.copy(file, moved)
    os.chdir(tempfile.gettempdir())
    project = QgsProject.instance()
    assert project.read(f"geopackage:{moved}?projectName={file.stem}"), (file, project.error())
    layers = project.mapLayers().values()
    for layer in layers:
        assert layer.isValid(), (file, layer.name(), layer.source())
        assert layer.source().startswith(f"{moved}|"), (file, layer.source())
        if layer.isSpatial():
            assert drawn(layer) == layer.featureCount(), (file, layer.name())
    top, *rest = project.layerTreeRoot().children()
    assert top.layer().source().endswith("layername=area"), (file, top.name())
    groups = [node for node in rest if isinstance(node, QgsLayerTreeGroup)]
    assert groups and len(groups) == len(rest), (file, [node.name() for node in rest])
    for group in groups:
        assert group.findLayers(), (file, group.name())
    layouts = project.layoutManager().printLayouts()
    assert layouts and {layout.name() for layout in layouts} == set(project.mapThemeCollection().mapThemes()), file
    for row, layout in enumerate(layouts):
        page = layout.pageCollection().page(0).pageSize()
        assert (page.width(), page.height()) == (420, 297), (file, layout.name())
        settings = QgsLayoutExporter.ImageExportSettings()
        settings.dpi = 60
        settings.exportMetadata = False
        picture = pictures / f"{file.stem}_{row:02}.png"
        assert QgsLayoutExporter(layout).exportToImage(str(picture), settings) == QgsLayoutExporter.Success, layout.name()
        seen = colours(picture)
        maps = [layer for layer in project.mapLayersByName(layout.name()) if layer.isSpatial()]
        assert len(maps) == 1, (file, layout.name(), "names two layers")
        classes = sum(shows_value(text) for _, text in rules(maps[0]))
        enough = len(seen) > 40 and len(seen & RAMP) >= min(2, classes)
        assert enough, (file, layout.name(), len(seen), seen & RAMP)
    return len(layers), len(layouts)


def main():
    application = QgsApplication([], False)
    application.initQgis()
    folder = pathlib.Path(sys.argv[1]).resolve()
    files, alone = sorted(folder.glob("*/*.gpkg")), sorted(folder.glob("*.gpkg"))
    assert files or alone, "no baseline and no layer found"
    for file in alone:
        check_alone(file)
    with tempfile.TemporaryDirectory() as elsewhere:
        elsewhere = pathlib.Path(elsewhere)
        pictures = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else elsewhere / "pictures"
        pictures.mkdir(parents=True, exist_ok=True)
        for file in files:
            opened, styles = check_layers(file)
            shown, printed = check_project(file, elsewhere, pictures)
            print(f"{file.stem}: {opened} layers in {styles} styles; project of {shown} layers, {printed} printed maps")
        QgsProject.instance().clear()
    application.exitQgis()


if __name__ == "__main__":
    main()
