package org.sememe.app.studio;

import com.microsoft.playwright.Page;

/** What must hold of every page, measured in the browser. */
final class PageChecks {
  private PageChecks() {}

  /** Pixels by which the page is wider than its window. */
  static int overflow(Page page) {
    return ((Number)
            page.evaluate(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))
        .intValue();
  }

  /** Visible texts set smaller than 13 px. */
  static String smallText(Page page) {
    return (String)
        page.evaluate(
            """
            () => [...document.querySelectorAll('#app *')]
              .filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())
                && parseFloat(getComputedStyle(e).fontSize) < 13)
              .slice(0, 5).map(e => e.className + ': ' + e.textContent.slice(0, 20)).join('; ')
            """);
  }

  /**
   * Visible texts whose contrast with what is painted behind them is below WCAG's AA for body text.
   */
  static String faintText(Page page) {
    return (String)
        page.evaluate(
            """
            () => {
              const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
              const rgba = (colour) => {
                canvas.clearRect(0, 0, 1, 1);
                canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1);
                return [...canvas.getImageData(0, 0, 1, 1).data];
              };
              const linear = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
              const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
              const over = (top, below, a) => top.slice(0, 3).map((v, i) => v * a + below[i] * (1 - a));
              const behind = (e) => {
                const layers = [];
                for (let at = e; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
                return layers.reverse().reduce((below, c) => over(c, below, c[3] / 255), [255, 255, 255]);
              };
              const faint = new Set();
              for (const e of document.querySelectorAll('#app *')) {
                if (e.closest('dialog, .skip, [aria-hidden=true], :disabled') || !e.checkVisibility()) continue;
                if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
                const paper = behind(e);
                let opacity = 1;
                for (let at = e; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
                const ink = over(rgba(getComputedStyle(e).color), paper, opacity);
                const [a, b] = [light(ink), light(paper)].sort((x, y) => y - x);
                const ratio = (a + 0.05) / (b + 0.05);
                const wanted = e.classList.contains('unseen') ? 3 : 4.5; // drawn marks are graphics, not text
                if (ratio < wanted) faint.add(`${e.className || e.tagName} ${e.parentElement.className}: ${ratio.toFixed(2)}`);
              }
              return [...faint].slice(0, 8).join('; ');
            }
            """);
  }
}
