const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

/** Words that carry no subject in a question. They are indexed all the same: a query of nothing else must still find. */
export const englishStopWords = words(`
  a about above after again all also am an and any are as at be because been before being below between both but by can
  could did do does doing done down during each few for from further had has have having he her here hers him his how i
  if in into is it its itself just let me more most my no nor not of off on once only or other our out over own please
  same shall she should so some such tell than that the their them then there these they this those through to too under
  until up upon us very was we were what when where which while who whom whose why will with would you your yours`);

export const germanStopWords = words(`
  aber alle als also am an auch auf aus bei beim bin bis bist da damit dann das dass dein dem den der des dich die dies
  diese diesem diesen dieser dieses dir doch du durch ein eine einem einen einer eines er es etwas euch euer für gibt
  hab habe haben hat hatte hier ich ihm ihn ihnen ihr ihre im in ins ist ja jede jeder jedes kann kein keine können man
  mein mich mir mit muss nach nicht noch nun nur ob oder ohne sehr sein seine sich sie sind so soll sollte um und uns
  unser unter vom von vor wann war waren warum was wegen weil welche welcher welches wem wen wenn wer werden wie wieder
  will wir wird wo wurde wurden zu zum zur über`);

/** Frequent words of languages that are recognised only so that English rules are not used on them. */
export const otherLanguageWords = words(`
  le la les des une est dans pour que qui sur avec pas nous vous el los las del por para con una es se como más il di che
  non per sono della nel het een van niet voor met zijn og det som ikke til att och är på av w na się nie jest do jak`);
