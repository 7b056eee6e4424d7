/** Pictures whose values came in JSON, drawn pixel by pixel: scaled up by whole numbers, they stay crisp. */
import { html, useLayoutEffect, useRef } from '../../vendor/preact-htm.js';

/** The values of `sheet`, one below the other, as images of `width` times `height / count`. */
function images({ height, width, channels, values }, count) {
  const bytes = Uint8Array.from(atob(values), (c) => c.charCodeAt(0));
  const size = width * (height / count);
  return Array.from({ length: count }, (_, n) => {
    const image = new ImageData(width, height / count);
    for (let i = 0; i < size; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = bytes[(n * size + i) * channels + (channels === 3 ? c : 0)];
      image.data[4 * i + 3] = 255;
    }
    return image;
  });
}

/** `count` pictures in lines of `columns`, about `room` CSS pixels wide; `label` says what they are. */
export function Pixels({ sheet, count = 1, columns = 1, room = 384, label }) {
  const canvas = useRef(null);
  const side = sheet.height / count;
  const width = sheet.width * columns;
  const height = side * Math.ceil(count / columns);
  useLayoutEffect(() => {
    const context = canvas.current.getContext('2d', { willReadFrequently: true }); // kept in memory: it is written pixel by pixel
    context.clearRect(0, 0, width, height);
    images(sheet, count).forEach((image, i) => context.putImageData(image, (i % columns) * sheet.width, Math.floor(i / columns) * side));
  }, [sheet, count, columns]);
  const factor = Math.max(1, Math.floor(room / width));
  return html`<canvas ref=${canvas} class="pixels" role="img" aria-label=${label} width=${width} height=${height} style=${{ width: `${factor * width}px` }}></canvas>`;
}
