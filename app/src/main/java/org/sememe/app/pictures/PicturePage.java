package org.sememe.app.pictures;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * Features of a picture network as one page of plain HTML: no script, nothing loaded, pictures in
 * the page itself. Over each picture lies its heat map, linear from 0 to the feature's maximum.
 */
final class PicturePage {
  private static final int HEAT = 0xd56a17;

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: light-dark(#1c1d22, #e9e7e2); --soft: light-dark(#5d5f68, #a2a5b0); --line: light-dark(#e4e1d9, #2b3038); }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: light-dark(#fbfaf7, #14161b); max-width: 1180px; margin: 24px auto; padding: 0 20px; }
      article { border-top: 1px solid var(--line); padding: 14px 0; }
      h1 { font-size: 22px; } h2 { font-size: 18px; margin: 0 0 2px; }
      p { margin: 4px 0; overflow-wrap: anywhere; } .soft { color: var(--soft); font-size: 13.5px; }
      .strip { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0; }
      figure { margin: 0; width: 84px; } figcaption { font-size: 13px; color: var(--soft); text-align: center; }
      .pair { position: relative; width: 84px; height: 84px; }
      .pair img { position: absolute; inset: 0; width: 100%; height: 100%; image-rendering: pixelated; border-radius: 3px; }
      .pair:hover img + img, .pair:focus img + img { visibility: hidden; }
      @media print { article { break-inside: avoid-page; } }
      """;

  private PicturePage() {}

  /**
   * The page.
   *
   * @param title plain text
   * @param about plain text under it
   * @param checks features in the order wanted, each with what leaving it out does
   */
  static String of(
      String title,
      String about,
      PictureFeatures seen,
      ModuleMap shape,
      SequencedMap<PictureFeature, EditCheck> checks) {
    StringBuilder page = new StringBuilder();
    page.append(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\""
            + " content=\"width=device-width, initial-scale=1\"><meta"
            + " http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:;"
            + " style-src 'unsafe-inline'\"><title>");
    page.append(escaped(title)).append("</title><style>\n").append(STYLE);
    page.append("</style></head><body>\n<h1>").append(escaped(title));
    page.append("</h1>\n<p class=\"soft\">").append(escaped(about)).append("</p>\n");
    checks.forEach((feature, check) -> article(page, seen, shape, feature, check));
    return page.append("</body></html>\n").toString();
  }

  private static void article(
      StringBuilder page,
      PictureFeatures seen,
      ModuleMap shape,
      PictureFeature feature,
      EditCheck check) {
    page.append(
        "<article id=\"f%d\"><h2>Feature %d</h2>".formatted(feature.latent(), feature.latent()));
    page.append(
        String.format(
            Locale.ROOT,
            "<p class=\"soft\">active at %.2f %% of %,d positions; maximum %.3g, mean where active"
                + " %.3g; share of its activation by class: %s</p>\n<div class=\"strip\">",
            100.0 * feature.active() / seen.positions(),
            seen.positions(),
            feature.largest(),
            feature.mean(),
            kinds(feature)));
    for (PictureFeature.Example example : feature.examples()) {
      String what =
          String.format(
              Locale.ROOT, "class %d, activation %.3g", example.label(), example.largest());
      page.append("<figure><div class=\"pair\" tabindex=\"0\"><img alt=\"drawn picture, ")
          .append(what)
          .append("\" src=\"")
          .append(data(seen.picture(example.ordinal()).sheet()))
          .append("\"><img alt=\"where the feature is active\" src=\"")
          .append(data(heat(example, shape, feature.largest())))
          .append("\"></div><figcaption>")
          .append(String.format(Locale.ROOT, "%d · %.2f", example.label(), example.largest()))
          .append("</figcaption></figure>");
    }
    page.append("</div>\n<p>");
    page.append(
        check.pictures() == 0
            ? "Not active in the pictures that were drawn again."
            : String.format(
                Locale.ROOT,
                "Left out of %d pictures, their pixels change by %.2f of 255 where it is active and"
                    + " by %.2f elsewhere; random directions of its length, at the same places and"
                    + " strengths: %.2f and %.2f.",
                check.pictures(),
                check.inside(),
                check.outside(),
                check.randomInside(),
                check.randomOutside()));
    page.append("</p></article>\n");
  }

  private static String kinds(PictureFeature feature) {
    return IntStream.range(0, feature.kinds().size())
        .boxed()
        .sorted((a, b) -> Double.compare(feature.kinds().get(b), feature.kinds().get(a)))
        .limit(3)
        .map(
            kind -> String.format(Locale.ROOT, "%d %.0f %%", kind, 100 * feature.kinds().get(kind)))
        .collect(Collectors.joining(", "));
  }

  /** A heat map with as many pixels as the module's map has places. */
  private static BufferedImage heat(
      PictureFeature.Example example, ModuleMap shape, float largest) {
    BufferedImage image =
        new BufferedImage(shape.width(), shape.height(), BufferedImage.TYPE_INT_ARGB);
    for (int place = 0; place < example.map().length; place++) {
      int opacity = Math.round(230 * Math.clamp(example.map()[place] / largest, 0f, 1f));
      image.setRGB(place % shape.width(), place / shape.width(), opacity << 24 | HEAT);
    }
    return image;
  }

  private static String data(BufferedImage image) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      ImageIO.write(image, "png", bytes);
      return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
