// Pictures on their way from a phone.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el } = lineshaft;

  // A phone's photo has many megabytes; 1600 pixels show a cracked seal as well, and leave its place behind.
  const LONGEST = 1600;
  lineshaft.smallerPicture = async (file) => {
    if (!file.type.startsWith("image/")) return file;
    const picture = await createImageBitmap(file).catch(() => null);
    if (!picture) return file;
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = el("canvas", { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob((blob) => done(blob ?? file), "image/jpeg", 0.82));
  };
})();
