// Which factors a link takes is known once its key is proven: what belongs to none of them goes.
"use strict";

const narrow = ({ wanted }) => {
  for (const place of document.querySelectorAll("[data-for]"))
    if (!wanted.some((kind) => place.dataset.for.split(" ").includes(kind))) place.hidden = true;
  const code = document.getElementById("code");
  if (code && !code.offsetParent) for (const way of document.querySelectorAll("#use, #sign-on")) way.classList.remove("plain");
};
