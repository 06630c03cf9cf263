// Who has guessed wrong too often waits: the seconds are counted down where the page says how many.
import { allOf, fill } from "../ui/page.js";

for (const notice of allOf("p", "[data-wait]")) {
  const over = Date.now() + Number(notice.dataset.wait) * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((over - Date.now()) / 1000);
    if (left > 0) {
      const wait = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      notice.textContent = fill(notice.dataset.sentence ?? "", { wait });
    } else {
      clearInterval(timer);
      notice.className = "notice";
      notice.textContent = notice.dataset.over ?? "";
    }
  }, 1000);
}
