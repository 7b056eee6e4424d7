package org.sememe.app.pictures;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.sememe.diffusion.pipeline.Pictures;

/**
 * Pictures beside each other with what they are of below them, as one image.
 *
 * @param heads what stands above each picture of a group
 * @param groups in lines of {@link #COLUMNS}
 */
public record CaptionedSheet(List<String> heads, List<Group> groups) {
  private static final int COLUMNS = 4;
  private static final int SIDE = 72;
  private static final int GAP = 4;
  private static final int MARGIN = 14;
  private static final int LINE = 13;
  private static final int LINES = 2;
  private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 11);

  /**
   * Pictures of one caption.
   *
   * @param pictures one at least, as many as there are heads
   */
  public record Group(String caption, Pictures pictures) {}

  public CaptionedSheet {
    heads = List.copyOf(heads);
    groups = List.copyOf(groups);
  }

  /** The image; pictures are enlarged by whole steps, so that each pixel stays a square. */
  public BufferedImage image() {
    int side = groups.getFirst().pictures().height();
    int shown = side * Math.max(1, SIDE / side);
    int groupWidth = heads.size() * (shown + GAP) - GAP;
    int groupHeight = shown + GAP + LINES * LINE;
    int columns = Math.min(COLUMNS, groups.size());
    int rows = Math.ceilDiv(groups.size(), columns);
    BufferedImage image =
        new BufferedImage(
            MARGIN + columns * (groupWidth + MARGIN),
            MARGIN + LINE + rows * (groupHeight + MARGIN),
            BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.setColor(Color.LIGHT_GRAY);
      graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
      graphics.setColor(Color.BLACK);
      graphics.setFont(FONT);
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      for (int column = 0; column < columns; column++) {
        for (int i = 0; i < heads.size(); i++) {
          int x = MARGIN + column * (groupWidth + MARGIN) + i * (shown + GAP);
          graphics.drawString(heads.get(i), x, MARGIN + LINE / 2);
        }
      }
      for (int i = 0; i < groups.size(); i++) {
        int x = MARGIN + i % columns * (groupWidth + MARGIN);
        int y = MARGIN + LINE + i / columns * (groupHeight + MARGIN);
        draw(graphics, groups.get(i), shown, groupWidth, x, y);
      }
    } finally {
      graphics.dispose();
    }
    return image;
  }

  private static void draw(
      Graphics2D graphics, Group group, int shown, int width, int left, int top) {
    for (int i = 0; i < group.pictures().count(); i++) {
      Image one = group.pictures().one(i).sheet();
      graphics.drawImage(one, left + i * (shown + GAP), top, shown, shown, null);
    }
    List<String> lines = lines(graphics.getFontMetrics(), group.caption(), width);
    for (int i = 0; i < lines.size(); i++) {
      graphics.drawString(lines.get(i), left, top + shown + (i + 1) * LINE);
    }
  }

  /** The caption in as many lines as there is room for. */
  private static List<String> lines(FontMetrics font, String caption, int width) {
    List<String> lines = new ArrayList<>();
    String line = "";
    for (String word : caption.split(" ")) {
      String longer = line.isEmpty() ? word : line + " " + word;
      if (!line.isEmpty() && font.stringWidth(longer) > width) {
        lines.add(line);
        longer = word;
      }
      line = longer;
    }
    lines.add(line);
    return lines.subList(0, Math.min(LINES, lines.size()));
  }
}
