import i18next from "i18next";

/** Texts of pages that few open: they come with the page, not with the first one. */
const later = {
  en: {
    analytics: () => import("./en/analytics.json"),
    system: () => import("./en/system.json"),
  },
  tr: {
    analytics: () => import("./tr/analytics.json"),
    system: () => import("./tr/system.json"),
  },
};

/** A namespace whose texts come later. */
type Later = keyof (typeof later)["en"];

const wanted = new Set<Later>();

/** Loads the texts of a page in the language that is spoken; belongs in the loader of its route. */
export async function loadTexts(namespace: Later): Promise<void> {
  wanted.add(namespace);
  await loadInto(i18next.language as keyof typeof later, namespace);
}

/** Loads the texts, in another language, of the pages that were opened; belongs before that language is switched to. */
export async function loadLaterTexts(language: keyof typeof later): Promise<void> {
  await Promise.all([...wanted].map((namespace) => loadInto(language, namespace)));
}

async function loadInto(language: keyof typeof later, namespace: Later): Promise<void> {
  if (i18next.hasResourceBundle(language, namespace)) return;
  const { default: texts } = await later[language][namespace]();
  i18next.addResourceBundle(language, namespace, texts);
}
