// The drawing of ways becomes an instrument: filter, isolate, lay out again, zoom, walk with the arrow keys. Without this script the drawing is whole.
(function () {
  "use strict";
  var SVG = "http://www.w3.org/2000/svg";

  // Numbers as they are written: "1 4-6".
  function numbers(text) {
    var out = [];
    (text || "").split(" ").forEach(function (part) {
      if (!part) return;
      var ends = part.split("-").map(Number);
      for (var n = ends[0]; n <= ends[ends.length - 1]; n++) out.push(n);
    });
    return out;
  }
  function pair(text) { return text.split(" ").map(Number); }
  function make(name, text, className) {
    var e = document.createElement(name);
    if (text) e.textContent = text;
    if (className) e.className = className;
    return e;
  }

  function start(figure) {
    if (figure.dataset.started) return;
    figure.dataset.started = "yes";
    var geometry = pair(figure.dataset.geometry);
    var WIDTH = geometry[0], HEIGHT = geometry[1], GAP = geometry[2], LAYER = geometry[3], PLACE = geometry[4], MARGIN = geometry[5], CENTRED = geometry[6];
    var svg = figure.querySelector("svg"), box = figure.querySelector(".pv-scroll"), detail = figure.querySelector(".pv-detail");
    var whole = { width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
    var size = { width: whole.width, height: whole.height }, scale = 1;
    var chosen = null, current = null;

    var nodes = [], order = Array.from(figure.querySelectorAll(".pv-node"));
    order.forEach(function (e) {
      var at = pair(e.dataset.at);
      nodes[+e.dataset.n] = { e: e, number: +e.dataset.n, layer: at[0], row: at[1], ways: new Set(numbers(e.dataset.ways)), name: e.querySelector("title").textContent, label: e.querySelector("text").textContent, into: [], out: [], target: e.classList.contains("pv-target") };
    });
    var links = Array.from(figure.querySelectorAll(".pv-link")).map(function (e) {
      var ends = pair(e.dataset.l);
      var link = { e: e, from: nodes[ends[0]], to: nodes[ends[1]], right: e.dataset.right, ace: e.dataset.ace || "", ways: new Set(numbers(e.dataset.ways)), via: numbers(e.dataset.via), label: e.querySelector("text"), fresh: e.classList.contains("pv-new") };
      link.from.out.push(link);
      link.to.into.push(link);
      return link;
    });
    var words = {};
    figure.querySelectorAll(".pv-words > div").forEach(function (e) {
      words[e.dataset.right] = { means: e.querySelector("dt").textContent, cut: e.querySelector("dd").textContent };
    });
    var allWays = new Set();
    nodes.forEach(function (n) { n.ways.forEach(function (w) { allWays.add(w); }); });
    // The whole of each way, for words: names and rights it goes by, and what its last box is.
    var ofWay = {};
    allWays.forEach(function (w) { ofWay[w] = { text: "", targets: [], fresh: false }; });
    function fold(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }
    nodes.forEach(function (n) {
      n.ways.forEach(function (w) {
        ofWay[w].text += "\n" + fold(n.name);
        if (n.target) ofWay[w].targets.push(n.name);
      });
    });
    links.forEach(function (l) {
      l.ways.forEach(function (w) {
        ofWay[w].text += "\n" + fold(l.right + " " + (words[l.right] || {}).means);
        ofWay[w].fresh = ofWay[w].fresh || l.fresh;
      });
    });

    function tool(name) { return figure.querySelector("[data-pv=" + name + "]"); }
    function wanted() {
      var text = fold(tool("words").value.trim()), target = tool("target").value, fresh = tool("new");
      var out = new Set();
      allWays.forEach(function (w) {
        var way = ofWay[w];
        if (text && way.text.indexOf(text) < 0) return;
        if (target && way.targets.indexOf(target) < 0) return;
        if (fresh && fresh.checked && !way.fresh) return;
        if (chosen && !chosen.ways.has(w)) return;
        out.add(w);
      });
      return out;
    }
    function meets(a, b) {
      var found = false;
      a.forEach(function (w) { found = found || b.has(w); });
      return found;
    }

    // Shows the ways that are wanted, in the drawing and in the table beside it.
    function show() {
      var ways = wanted(), shownNodes = [], shownLinks = [];
      nodes.forEach(function (n) {
        n.shown = meets(n.ways, ways);
        n.e.classList.toggle("pv-gone", !n.shown);
        n.e.classList.toggle("pv-chosen", n === chosen);
        if (n.shown) shownNodes.push(n);
      });
      links.forEach(function (l) {
        l.shown = meets(l.ways, ways);
        l.e.classList.toggle("pv-gone", !l.shown);
        if (l.shown) shownLinks.push(l);
      });
      allWays.forEach(function (w) {
        var row = document.getElementById("way-" + w);
        if (row) row.hidden = !ways.has(w);
      });
      [["ways", ways.size], ["nodes", shownNodes.length], ["links", shownLinks.length]].forEach(function (c) {
        figure.querySelector("[data-count=" + c[0] + "]").textContent = c[1];
      });
      place(shownNodes, shownLinks);
      labels(shownLinks.length <= 40 ? shownLinks : []);
      if (!current || !current.shown) rove(order.map(byElement).find(function (n) { return n.shown; }));
      zoom(fitted());
    }
    function byElement(e) { return nodes[+e.dataset.n]; }

    // Lays out again what is shown: columns that are empty close, rows keep their order.
    function place(shownNodes, shownLinks) {
      var columns = {};
      var lanes = {};
      function put(layer, item) {
        (columns[layer] = columns[layer] || []).push(item);
        return item;
      }
      shownNodes.forEach(function (n) { put(n.layer, { row: n.row, height: HEIGHT + GAP, node: n }); });
      shownLinks.forEach(function (l) {
        l.places = l.via.map(function (row, i) {
          var layer = l.from.layer - 1 - i, key = layer + " " + row;
          return lanes[key] = lanes[key] || put(layer, { row: row, height: PLACE });
        });
      });
      // A layer that holds places of long steps only is closed up too.
      var layers = Object.keys(columns).map(Number).filter(function (k) { return columns[k].some(function (item) { return item.node; }); }).sort(function (a, b) { return b - a; });
      var tallest = 0;
      layers.forEach(function (k) {
        columns[k].sort(function (a, b) { return a.row - b.row; });
        columns[k].sum = columns[k].reduce(function (sum, item) { return sum + item.height; }, 0);
        tallest = Math.max(tallest, columns[k].sum);
      });
      layers.forEach(function (k, i) {
        var y = MARGIN + (tallest <= CENTRED ? (tallest - columns[k].sum) / 2 : 0);
        columns[k].forEach(function (item) {
          item.x = MARGIN + i * (WIDTH + LAYER);
          item.y = y;
          item.open = true;
          if (item.node) {
            item.node.x = item.x;
            item.node.y = y;
            item.node.e.setAttribute("transform", "translate(" + Math.round(item.x) + " " + Math.round(y) + ")");
          }
          y += item.height;
        });
      });
      size = { width: 2 * MARGIN + layers.length * WIDTH + Math.max(0, layers.length - 1) * LAYER, height: 2 * MARGIN + Math.max(HEIGHT, tallest - GAP) };
      svg.setAttribute("viewBox", "0 0 " + size.width + " " + size.height);
      shownLinks.forEach(function (l) { l.e.querySelector("path").setAttribute("d", curve(l)); });
    }

    function curve(l) {
      var x = l.from.x + WIDTH, y = l.from.y + HEIGHT / 2, endX = l.to.x, endY = l.to.y + HEIGHT / 2, d = "M" + x + " " + y;
      function to(nx, ny) {
        var half = (nx - x) / 2;
        d += "C" + [x + half, y, nx - half, ny, nx, ny].join(" ");
        x = nx;
        y = ny;
      }
      var via = (l.places || []).filter(function (p) { return p.open; });
      if (l.from.layer <= l.to.layer) {
        var low = Math.max(l.from.y, l.to.y) + HEIGHT + 8;
        d += "C" + [x + 40, y, x + 40, low, x, low].join(" ") + "L" + endX + " " + low + "C" + [endX - 40, low, endX - 40, endY, endX, endY].join(" ");
        l.middle = { x: (x + endX) / 2, y: low };
      } else {
        via.forEach(function (p) {
          to(p.x, p.y + PLACE / 2);
          x += WIDTH;
          d += "H" + x;
        });
        to(endX, endY);
        var first = via[0];
        l.middle = { x: (l.from.x + WIDTH + (first ? first.x : endX)) / 2, y: (l.from.y + HEIGHT / 2 + (first ? first.y + PLACE / 2 : endY)) / 2 };
      }
      return d + "m-7 -4l7 4l-7 4";
    }

    // Labels of steps: those of a small drawing, else those that are looked at.
    var labelled = [];
    function labels(list) {
      labelled.forEach(function (l) { if (l.label) l.label.remove(); l.label = null; });
      labelled = list;
      list.forEach(function (l) {
        l.label = document.createElementNS(SVG, "text");
        l.label.textContent = l.right;
        l.label.setAttribute("x", Math.round(l.middle.x));
        l.label.setAttribute("y", Math.round(l.middle.y - 4));
        l.e.append(l.label);
      });
    }
    links.forEach(function (l) { if (l.label) labelled.push(l); });

    // Looking at a box lights the ways through it.
    function look(node) {
      svg.classList.toggle("pv-looked", !!node && node !== chosen);
      if (!node) return;
      nodes.forEach(function (n) { n.e.classList.toggle("pv-on", meets(n.ways, node.ways)); });
      var lit = [];
      links.forEach(function (l) {
        var on = meets(l.ways, node.ways);
        l.e.classList.toggle("pv-on", on);
        if (on && l.shown) lit.push(l);
      });
      if (links.filter(function (l) { return l.shown; }).length > 40) labels(lit.length <= 40 ? lit : lit.filter(function (l) { return l.from === node || l.to === node; }));
    }

    // Zoom: the picture keeps its place in the middle.
    function fitted() { return Math.min(1, Math.max(0.75, (box.clientWidth - 2) / size.width)); }
    function zoom(to) {
      var before = scale, x = (box.scrollLeft + box.clientWidth / 2) / before, y = (box.scrollTop + box.clientHeight / 2) / before;
      scale = Math.min(2.5, Math.max(0.25, to));
      svg.setAttribute("width", Math.round(size.width * scale));
      svg.setAttribute("height", Math.round(size.height * scale));
      box.scrollLeft = x * scale - box.clientWidth / 2;
      box.scrollTop = y * scale - box.clientHeight / 2;
    }

    // One box is in the order of the keyboard; the arrows change which.
    function rove(node) {
      if (!node) return;
      order.forEach(function (e) { e.setAttribute("tabindex", e === node.e ? "0" : "-1"); });
      current = node;
    }
    function near(list, node) {
      return list.filter(function (n) { return n.shown; }).sort(function (a, b) { return Math.abs(a.y - node.y) - Math.abs(b.y - node.y) || a.number - b.number; })[0];
    }
    function beside(node, step) {
      var column = nodes.filter(function (n) { return n.shown && n.layer === node.layer; }).sort(function (a, b) { return a.y - b.y; });
      return column[column.indexOf(node) + step];
    }
    function go(node) {
      if (!node) return;
      rove(node);
      node.e.focus();
      var r = node.e.getBoundingClientRect(), b = box.getBoundingClientRect();
      if (r.left < b.left || r.right > b.right) box.scrollLeft += r.left - b.left - (b.width - r.width) / 2;
      if (r.top < b.top || r.bottom > b.bottom) box.scrollTop += r.top - b.top - (b.height - r.height) / 2;
    }

    // Choosing a box keeps the ways through it, and says all about it.
    function choose(node) {
      chosen = node === chosen ? null : node;
      show();
      tell();
      look(null);
      if (node) go(node);
    }
    function tell() {
      detail.replaceChildren();
      detail.hidden = !chosen;
      if (!chosen) return;
      var d = detail.dataset, close = make("button", d.close);
      close.type = "button";
      close.addEventListener("click", function () { choose(chosen); });
      detail.append(make("h3", chosen.label), make("p", chosen.name, "pv-soft"));
      if (chosen.e.dataset.sid) detail.append(make("p", chosen.e.dataset.sid, "pv-soft"));
      steps(d.to, chosen.out, function (l) { return l.to; });
      steps(d.from, chosen.into, function (l) { return l.from; });
      ways(d.ways);
      detail.append(close);
    }
    function steps(title, list, other) {
      var shown = list.filter(function (l) { return l.shown; });
      if (!shown.length) return;
      var ul = make("ul");
      shown.forEach(function (l) {
        var li = make("li"), word = words[l.right] || { means: l.right, cut: "" };
        var to = make("button", other(l).label);
        to.type = "button";
        to.addEventListener("click", function () { choose(other(l)); });
        li.append(l.from === chosen ? word.means + " " : "", to, l.to === chosen ? " " + word.means : "", " ", make("code", l.right));
        if (l.ace) li.append(make("br"), make("code", l.ace));
        if (word.cut) li.append(make("p", detail.dataset.cut + " " + word.cut, "pv-soft"));
        ul.append(li);
      });
      detail.append(make("h4", title), ul);
    }
    function ways(title) {
      var p = make("p", title + " ");
      Array.from(chosen.ways).sort(function (a, b) { return a - b; }).slice(0, 40).forEach(function (w, i) {
        var row = document.getElementById("way-" + w);
        if (!row) return;
        var own = row.querySelector("a[href]"), link = make("a", String(w));
        link.href = own ? own.getAttribute("href") : "#way-" + w;
        p.append(i ? ", " : "", link);
      });
      detail.append(p);
    }

    function clear() {
      tool("words").value = "";
      tool("target").value = "";
      if (tool("new")) tool("new").checked = false;
      chosen = null;
      show();
      tell();
      look(null);
    }

    order.forEach(function (e) {
      var node = byElement(e);
      e.addEventListener("click", function (event) {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        choose(node);
      });
      e.addEventListener("mouseenter", function () { look(node); });
      e.addEventListener("mouseleave", function () { look(null); });
      e.addEventListener("focus", function () { rove(node); look(node); });
      e.addEventListener("blur", function () { look(null); });
    });
    svg.addEventListener("keydown", function (event) {
      if (!current || event.ctrlKey || event.metaKey || event.altKey) return;
      var act = {
        ArrowRight: function () { go(near(current.out.filter(function (l) { return l.shown; }).map(function (l) { return l.to; }), current)); },
        ArrowLeft: function () { go(near(current.into.filter(function (l) { return l.shown; }).map(function (l) { return l.from; }), current)); },
        ArrowDown: function () { go(beside(current, 1)); },
        ArrowUp: function () { go(beside(current, -1)); },
        Home: function () { go(order.map(byElement).find(function (n) { return n.shown; })); },
        End: function () { go(order.map(byElement).reverse().find(function (n) { return n.shown; })); },
        " ": function () { choose(current); },
        Escape: clear, "+": function () { zoom(scale * 1.25); }, "-": function () { zoom(scale / 1.25); }, "0": function () { zoom(fitted()); }
      }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
    tool("words").addEventListener("input", show);
    tool("target").addEventListener("change", show);
    if (tool("new")) tool("new").addEventListener("change", show);
    tool("words").addEventListener("keydown", function (event) {
      if (event.key === "Enter") event.preventDefault();
    });
    tool("in").addEventListener("click", function () { zoom(scale * 1.25); });
    tool("out").addEventListener("click", function () { zoom(scale / 1.25); });
    tool("fit").addEventListener("click", function () { zoom(fitted()); });
    tool("all").addEventListener("click", clear);
    box.addEventListener("wheel", function (event) {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(scale * (event.deltaY < 0 ? 1.15 : 1 / 1.15));
    }, { passive: false });
    drag(box);

    figure.querySelector(".pv-bar").hidden = false;
    figure.querySelector(".pv-keys").hidden = false;
    show();
  }

  // Dragging moves the picture; a touch screen scrolls by itself.
  function drag(box) {
    var from = null;
    box.addEventListener("pointerdown", function (event) {
      if (event.pointerType !== "mouse" || event.button !== 0 || event.target.closest(".pv-node")) return;
      from = { x: event.clientX + box.scrollLeft, y: event.clientY + box.scrollTop };
    });
    window.addEventListener("pointermove", function (event) {
      if (!from) return;
      box.scrollLeft = from.x - event.clientX;
      box.scrollTop = from.y - event.clientY;
    });
    window.addEventListener("pointerup", function () { from = null; });
  }

  function startAll() { document.querySelectorAll("[data-pathview]").forEach(start); }
  startAll();
  document.addEventListener("htmx:after:swap", startAll);
})();
